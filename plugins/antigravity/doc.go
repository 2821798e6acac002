// Package antigravity will hold the antigravity provider plugin. It has no program yet: nothing
// in it is built, bundled or listed until the provider works.
package antigravity
