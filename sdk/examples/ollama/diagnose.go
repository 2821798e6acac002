package ollama

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/doctor"
)

// leastContext is what an agent's instructions and tools fill, with some room to work.
const leastContext = 16 << 10

// Diagnose checks the address, whether a server answers there, what it is, the models,
// and whether a loaded one reads enough.
func (p *Provider) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	s, err := p.setup(ctx)
	if err != nil {
		return []sdk.Check{doctor.Failed("address", err)}, nil
	}
	checks := []sdk.Check{{ID: "address", OK: true, Detail: s.place.URL + ", from " + s.place.source}}
	if check, there := doctor.File(ctx, "login_file", loginFile(p.configuration().StateDir), loginRemedy); there {
		checks = append(checks, check)
	}
	models, err := p.list(ctx, s)
	if err != nil {
		return append(checks, doctor.Failed("reachable", err)), nil
	}
	version := p.ollamaVersion(ctx, s)
	checks = append(checks, sdk.Check{ID: "reachable", OK: true, Detail: s.place.Host + " answers" + serverName(version)})
	checks = append(checks, modelCheck(s, models, version != ""))
	if version != "" {
		checks = append(checks, p.contextChecks(ctx, s)...)
	}
	return checks, nil
}

func serverName(version string) string {
	if version == "" {
		return ""
	}
	return ", Ollama " + version
}

func modelCheck(s setup, models []sdk.Model, ollama bool) sdk.Check {
	check := sdk.Check{ID: "models", OK: true, Detail: "there are " + strconv.Itoa(len(models)) + ", " + firstOf(s.model, conversational(models)) + " by default"}
	if len(models) == 0 {
		check = sdk.Check{ID: "models", Detail: "the server has none", Remedy: "load a model there"}
		if ollama {
			check.Remedy = "ollama pull qwen3"
		}
	}
	return check
}

// contextChecks look at what Ollama has loaded: what does not fit it silently leaves
// out.
func (p *Provider) contextChecks(ctx context.Context, s setup) []sdk.Check {
	var answer struct {
		Models []struct {
			Name    string `json:"name"`
			Context int    `json:"context_length"`
		} `json:"models"`
	}
	if p.get(ctx, s, s.place.root()+"/api/ps", &answer) != nil {
		return nil // an older Ollama
	}
	var checks []sdk.Check
	for _, model := range answer.Models {
		if model.Context == 0 {
			continue
		}
		check := sdk.Check{ID: "context", OK: model.Context >= leastContext, Detail: fmt.Sprintf("%s reads %d tokens", model.Name, model.Context)}
		if !check.OK {
			check.Detail += ", and Ollama silently leaves out what exceeds them"
			check.Remedy = "OLLAMA_CONTEXT_LENGTH=32768 ollama serve"
		}
		checks = append(checks, check)
	}
	return checks
}
