package lsh

import (
	"syscall"
	"unsafe"
)

// hugePage is the size that matters on amd64 and, with 4 KiB pages, on arm64.
const hugePage = 2 << 20

// adviseHuge asks the kernel for huge pages under slots. An insert touches one
// place of each band's table, and with small pages most of its time goes into
// finding the page. It is advice: where the kernel does not take it, nothing
// but time is lost, so its answer is not looked at.
func adviseHuge(slots []uint64) {
	if len(slots) == 0 {
		return
	}
	start := uintptr(unsafe.Pointer(unsafe.SliceData(slots))) //nolint:gosec // only to find where a huge page begins
	skip := int(-start&(hugePage-1)) / 8
	whole := (len(slots) - skip) * 8 &^ (hugePage - 1)
	if skip >= len(slots) || whole <= 0 {
		return
	}
	inside := unsafe.Slice((*byte)(unsafe.Pointer(&slots[skip])), whole) //nolint:gosec // the same memory, as the system call takes it
	_ = syscall.Madvise(inside, syscall.MADV_HUGEPAGE)
}
