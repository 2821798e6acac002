// Package vendorcheckopenai drives the stand-in of the Responses API with OpenAI's
// own Go SDK, as package vendorcheck does for Anthropic's.
//
// It has tests only, and a module to itself: that SDK takes minutes to compile.
package vendorcheckopenai
