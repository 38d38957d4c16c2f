// RUN: not isa-opt %s -p cannonicalize 2>&1 | filecheck %s --check-prefix=PASS
// RUN: not isa-opt %s -p "convert-scf-to-openmp{nestd=true}" 2>&1 | filecheck %s --check-prefix=OPTION
// RUN: not isa-opt %s -p "convert-scf-to-openmp{nested=3}" 2>&1 | filecheck %s --check-prefix=TYPE
// RUN: not isa-opt %s -p "cse,,dce" 2>&1 | filecheck %s --check-prefix=PIPELINE
// RUN: not isa-opt %s -t mlirr 2>&1 | filecheck %s --check-prefix=TARGET
// RUN: not isa-opt %s --time-pases 2>&1 | filecheck %s --check-prefix=FLAG
// RUN: not isa-opt %S/missing.mlir 2>&1 | filecheck %s --check-prefix=INPUT
// RUN: not isa-opt %s -o %S/missing/out.mlir 2>&1 | filecheck %s --check-prefix=OUTPUT
// RUN: not isa-opt %s --run-reproducer %s 2>&1 | filecheck %s --check-prefix=REPRODUCER

// PASS:      error: unknown pass 'cannonicalize'
// PASS-NEXT: hint: did you mean 'canonicalize'?

// OPTION:      error: unknown option 'nestd' of pass 'convert-scf-to-openmp'
// OPTION-NEXT: hint: did you mean 'nested'?

// TYPE: error: option 'nested' of pass 'convert-scf-to-openmp' is 3, but should be of type bool

// PIPELINE:      --passes:1:5: error: Expected pass name here
// PIPELINE-NEXT:   cse,,dce

// TARGET:      error: unknown target 'mlirr'
// TARGET-NEXT: hint: did you mean 'mlir'?

// FLAG:      error: unrecognized arguments: --time-pases
// FLAG-NEXT: hint: did you mean '--time-passes'?

// INPUT: missing.mlir: error: No such file or directory

// OUTPUT: out.mlir: error: cannot write here: No such file or directory

// REPRODUCER: command_line.mlir' is no reproducer
