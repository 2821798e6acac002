package host

import (
	"context"
	"encoding/json"
	"path/filepath"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// judge answers a question of a provider's own program by the permission policy,
// as if the host's tool of that name had been called. known is false for tools
// that the host does not have.
func judge(ctx context.Context, authorizer tool.Authorizer, dir string, request sdk.PermissionRequest) (known bool, err error) {
	access, ok := accessOf(dir, request)
	if !ok {
		return false, nil
	}
	return true, authorizer.Authorize(ctx, access)
}

var toolOperations = map[string]tool.Operation{
	"read": tool.OperationRead, "glob": tool.OperationRead, "grep": tool.OperationRead,
	"write": tool.OperationWrite, "edit": tool.OperationWrite, "bash": tool.OperationExecute,
}

// accessOf is what a call wants to do; ok is false when its arguments do not say.
func accessOf(dir string, request sdk.PermissionRequest) (access tool.Access, ok bool) {
	var input struct {
		Command  string `json:"command"`
		FilePath string `json:"file_path"`
		Path     string `json:"path"`
	}
	operation, ok := toolOperations[request.Tool]
	if !ok || json.Unmarshal(request.Input, &input) != nil {
		return tool.Access{}, false
	}
	access = tool.Access{Tool: request.Tool, Operation: operation}
	if operation == tool.OperationExecute {
		access.Command, access.Dir = input.Command, dir
		return access, input.Command != ""
	}
	path := firstOf(input.FilePath, input.Path)
	if path == "" && operation == tool.OperationWrite {
		return tool.Access{}, false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	access.Path, ok = realPath(path)
	return access, ok
}

func realPath(path string) (string, bool) {
	real, err := tool.RealPath(filepath.Clean(path))
	return real, err == nil
}
