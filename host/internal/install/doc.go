// Package install brings plugins into the store of jcode's home and keeps them:
// sources, verification, consent, the lock file, generations.
//
// # The store
//
//	plugins/store/sha256-DIGEST/  one version of one plugin, read-only, named by
//	                              the digest of all its files
//	plugins/plugins.lock          digests, signers and grants of every version kept
//	plugins/generations/NNNN.toml which versions were installed at one time
//	plugins/current               the number of the generation that counts
//	plugins/staging/              what is being installed, swept when its owner dies
//	plugins/quarantine/           what did not have the digest or signature it needs
//	plugins/leases/               locks of objects that a running jcode uses
//
// Every change (install, upgrade, pin, disable, uninstall, rollback) writes a new
// generation and then replaces the one small file current. That replacement is the
// change: a crash before it leaves the old state and one after it the new one.
// Readers take no lock.
//
// # The pipeline
//
// Staging on the file system of the store; download with a cap, resumed where it
// broke; digest and signature; unpacking through [os.Root] with caps and without
// links, devices and odd names; manifest and architecture; what it asks for, shown
// to the user; a start without secrets; everything written to disk; then, under the
// store's lock, rename into the store, lock file, generation, current.
//
// # Trust
//
// What is unsigned is trusted on first use, and by digest from then on. A name that
// was once signed stays signed by the same key: a lost signature or another key is
// refused until the user says otherwise. Grants belong to a name in the current
// generation; they end when it leaves it.
package install
