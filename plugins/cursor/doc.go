// Package cursor will hold the cursor provider plugin. It has no program yet: nothing
// in it is built, bundled or listed until the provider works.
package cursor
