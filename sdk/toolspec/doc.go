// Package toolspec fits the host's tools to what vendors accept: names that are
// renamed on the wire and come back the same, and schemas without what makes a
// vendor refuse the whole request.
package toolspec
