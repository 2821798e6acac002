package plugin

import (
	"context"
	"encoding/json"
	"io"
	"runtime/debug"

	"github.com/jcode-go/jcode/sdk"
)

const sdkModule = "github.com/jcode-go/jcode/sdk"

// describe is the provider's Info with the version of this SDK filled in.
func describe(ctx context.Context, provider sdk.Provider) (sdk.Info, error) {
	info, err := provider.Info(ctx)
	if info.SDKVersion == "" {
		info.SDKVersion = sdkVersion()
	}
	return info, err
}

// sdkVersion is what the linker recorded; "(devel)" for a build from a
// checkout.
func sdkVersion() string {
	const devel = "(devel)"
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return devel
	}
	for _, module := range build.Deps {
		if module.Path == sdkModule && module.Replace == nil && module.Version != "" {
			return module.Version
		}
	}
	return devel
}

// description is what `jcode-provider-x describe` prints. Fields are only
// added.
type description struct {
	Name         string   `json:"name"`
	DisplayName  string   `json:"display_name"`
	Version      string   `json:"version"`
	SDKVersion   string   `json:"sdk_version"`
	Protocol     []int    `json:"protocol"`
	Capabilities []string `json:"capabilities"`
	LoginMethods []string `json:"login_methods"`
	Models       []string `json:"models"`
	Experimental bool     `json:"experimental"`
}

func writeDescription(w io.Writer, info sdk.Info) error {
	d := description{
		Name: info.Name, DisplayName: info.DisplayName, Version: info.Version,
		SDKVersion: info.SDKVersion, Protocol: []int{ProtocolVersion},
		Capabilities: append([]string{}, info.Capabilities...), LoginMethods: []string{},
		Models: []string{}, Experimental: info.Experimental,
	}
	for _, method := range info.LoginMethods {
		d.LoginMethods = append(d.LoginMethods, method.ID)
	}
	for _, model := range info.DefaultModels {
		d.Models = append(d.Models, model.ID)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}
