// Package discover finds provider plugins and tells what they are without
// executing any of them: from their file, their manifest, the Go toolchain's build
// info and the lock file beside bundled ones.
//
// # Where it looks
//
// The first hit wins: --plugin NAME=PATH, what `jcode plugins dev` builds, the
// folders of JCODE_PLUGIN_PATH, what is installed, the folder plugins beside the real
// executable, ../libexec/jcode/plugins. It never looks in the working directory, in
// the repository or on PATH, because a cloned repository must not gain execution.
//
// A plugin is a file jcode-provider-NAME (on Windows with .exe), NAME matching
// ^[a-z][a-z0-9-]{1,31}$.
//
// # The manifest
//
// It lies beside the program as jcode-provider-NAME.plugin.toml, or as plugin.toml
// when the folder holds one plugin only. It is TOML; in schema 1 an unknown key is
// an error, in a newer schema it is a warning.
//
//	schema        1
//	name          the NAME of the file
//	version       semantic version of the plugin
//	display       name for people
//	description   one line
//	publisher, homepage, license
//	protocol      versions of the provider protocol, as a list: [1]
//	min_host      oldest jcode that will do
//	kind          "http": talks to an API itself; "cli": runs a vendor's program
//	rank          order when the user names no provider, lowest first; else 1000
//	experimental  true for one that may stop working when its vendor changes
//	[[login]]     id, label: a way to log in
//	[environment] variables, prefixes: what it is told of the user's environment
//	[files]       read, write: files outside its own folder
//	[programs]    run: programs that it starts
//	[network]     hosts: whom it talks to
//	[signing]     minisign_keys: what its releases are signed with
//
// Without a manifest the build info gives the version, and the linked SDK's version
// gives the protocol. A program without the SDK is foreign: its protocol is known
// only when it is launched.
//
// # The lock
//
// plugins.lock beside bundled plugins pins size and SHA-256 of each. A listing
// compares the sizes, which costs nothing; package launch compares the digest
// before it executes.
package discover
