// Package openai will hold the openai provider plugin. It has no program yet: nothing
// in it is built, bundled or listed until the provider works.
package openai
