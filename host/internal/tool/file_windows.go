package tool

import "os"

const openNonblock = 0

func links(os.FileInfo) uint64 { return 1 }

func keepOwner(*os.File, os.FileInfo) bool { return true }

func keepAttributes(_, _ *os.File) {}
