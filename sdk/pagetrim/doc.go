// Package pagetrim gives back the pages of a program's own file that only its
// start touched.
//
// A page fault in a program's code or constants maps, on Linux, up to fifteen
// neighbours that happen to be in the page cache. A Go program of 15 MB that has
// initialised its packages has thus nearly all of itself mapped, and is charged
// for it, although it will never run most of that again. [Trim] unmaps these
// pages; what is still needed comes back from the page cache, by a minor fault for
// each page on Linux 6.7 and later, and before that for each sixteen, of which
// most are not needed.
//
// So it lowers what a process is charged for (RSS, PSS, the limit of a container
// that counts mapped files). It frees no memory by itself: the pages stay in the
// page cache, which the system shrinks when it needs to, and can do so more
// easily with pages that nobody maps. It does nothing about the heap.
package pagetrim
