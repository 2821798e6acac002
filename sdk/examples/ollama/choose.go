package ollama

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// model is the one to ask: the request's, that of the variable or setting, else the
// first that the server has.
func (p *Provider) model(ctx context.Context, s setup, wanted string) (string, error) {
	if wanted = firstOf(wanted, s.model); wanted != "" {
		return wanted, nil
	}
	models, err := p.list(ctx, s)
	if err != nil {
		return "", err
	}
	if chosen := conversational(models); chosen != "" {
		return chosen, nil
	}
	e := &sdk.Error{Kind: sdk.KindModelNotFound, Op: opGenerate, Message: s.place.Host + " has no model", Remedy: "load a model there, or name one with --model"}
	if p.isOllama(ctx, s) {
		e.Remedy = "ollama pull qwen3"
	}
	return "", e
}

// conversational is the first model whose name does not say that it only measures or
// ranks texts.
func conversational(models []sdk.Model) string {
	for _, model := range models {
		name := strings.ToLower(model.ID)
		if !strings.Contains(name, "embed") && !strings.Contains(name, "rerank") && !strings.HasPrefix(name, "bge-") {
			return model.ID
		}
	}
	return ""
}

// explained adds to an error what only the plugin knows: the models that there are, and
// how to get the one that is missing.
func (x *exchange) explained(ctx context.Context, e *sdk.Error) error {
	if e.Kind != sdk.KindModelNotFound {
		return e
	}
	models, err := x.provider.list(ctx, x.setup)
	if err != nil {
		return e
	}
	near := nearest(x.turn.model, models)
	if len(near) > 0 {
		e.Message += "; there are: " + strings.Join(near, ", ")
	}
	if x.provider.isOllama(ctx, x.setup) {
		e.Remedy = "ollama pull " + x.turn.model
	}
	return e
}

// maxNear is how many names an error lists.
const maxNear = 5

// nearest are the names that are most like the one asked for, nearest first.
func nearest(wanted string, models []sdk.Model) []string {
	names := make([]string, 0, len(models))
	for _, model := range models {
		names = append(names, model.ID)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(distance(wanted, a), distance(wanted, b))
	})
	return names[:min(len(names), maxNear)]
}

// distance is how many letters must change to make one name of the other, without
// regard to case; a name that begins with the other is near.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
		return 0
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
