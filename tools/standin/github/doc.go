// Package github is a stand-in for the parts of GitHub that its Copilot program
// talks to when somebody logs in and asks something: the device flow, the account,
// the list of models, one chat. It is for tests on loopback and never part of a
// release.
package github
