// Package archtest holds no code. Its tests keep the rules of the house: who may
// import whom, and that host and cmd know no provider by name.
package archtest
