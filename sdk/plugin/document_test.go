package plugin

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// elsewhere are messages whose fields the page describes by their bare names, in the
// tables of their call.
var elsewhere = []protoreflect.Name{
	"ConfigureRequest", "LoginRequest", "LoginResponse", "GenerateRequest", "GenerateResponse", "Block",
}

// TestDocumentedFields: the protocol's page has every field of every message, and no
// field that is none, so that nobody needs the Go SDK to know what one means.
func TestDocumentedFields(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "plugin-protocol.md"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the module stands alone, without the documents")
	}
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	_, chapter, found := strings.Cut(page, "\n## Messages\n")
	if !found {
		t.Fatal("the page has no chapter Messages")
	}
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	var listed []string
	for _, m := range regexp.MustCompile("(?m)`([A-Z][A-Za-z]*\\.[a-z_]+)`").FindAllStringSubmatch(chapter, -1) {
		listed = append(listed, m[1])
	}
	messages := pb.File_jcode_provider_v1_provider_proto.Messages()
	for i := range messages.Len() {
		message := messages.Get(i)
		if message.Fields().Len() == 0 && !strings.Contains(page, "`"+string(message.Name())+"`") {
			t.Errorf("nothing is said of %s, which is empty", message.Name())
		}
		for j := range message.Fields().Len() {
			field := message.Fields().Get(j)
			name := string(message.Name()) + "." + string(field.Name())
			if slices.Contains(elsewhere, message.Name()) {
				if !strings.Contains(page, "`"+string(field.Name())+"`") && field.Message() != nil && !strings.Contains(chapter, "`"+string(field.Message().Name())+".") {
					t.Errorf("nothing is said of %s", name)
				}
				continue
			}
			at := slices.Index(listed, name)
			if at < 0 {
				t.Errorf("no row for `%s`", name)
				continue
			}
			listed = slices.Delete(listed, at, at+1)
		}
	}
	for _, name := range slices.Compact(listed) {
		if name != "LoginStart.method" { // also named by LoginMethod.id
			t.Errorf("`%s` is no field, or there twice", name)
		}
	}
}
