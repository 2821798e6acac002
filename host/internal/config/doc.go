// Package config reads JCODE_HOME/config.toml, the environment and --set once,
// into a struct, and knows of every value where it comes from. It also edits the
// file, keeping comments and order.
//
// No file of a project is read: a cloned repository must not widen what jcode
// may do.
package config
