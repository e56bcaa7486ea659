//go:build !linux

package lsh

func adviseHuge([]uint64) {}
