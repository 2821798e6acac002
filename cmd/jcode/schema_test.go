package main

import (
	"os"
	"testing"
)

// The schema that is printed is the one that is published.
func TestManifestSchemaIsPublished(t *testing.T) {
	t.Parallel()
	published, err := os.ReadFile("../../docs/plugin.schema.json")
	if err != nil || string(published) != manifestSchema {
		t.Errorf("docs/plugin.schema.json and cmd/jcode/schema_manifest.json differ: %v", err)
	}
}
