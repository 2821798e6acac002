// Package author is for those who write plugins: it makes a new module that compiles
// and passes its tests, and builds one at every change of its sources.
//
// # New
//
// The folders below template are a plugin of kind http and one of kind cli, for a
// provider called acme-name. They are ordinary packages, compiled, linted and tested
// with the rest. [New] copies one with the names put in. A go.mod is not among them:
// it depends on the SDK that the module is to use.
//
// # Dev
//
// A [Builder] builds a plugin into a private folder, each build beside the one
// before, so that what runs keeps its file. A [discover.DevOverride] makes it the one
// that every command of this user finds, for as long as its owner lives.
package author
