// RUN: not isa-opt %s -p "compile{target=avx}" 2>&1 | filecheck %s --check-prefix=TARGET
// RUN: not isa-opt %s -p "compile{target=avx512 thread=2}" 2>&1 | filecheck %s --check-prefix=OPTION

// TARGET: error: unknown machine 'avx'
// OPTION: error: {{.*}}thread
func.func @f() {
  func.return
}
