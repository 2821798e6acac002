package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

type modelRow struct {
	Provider        string    `json:"provider"`
	ID              string    `json:"id"`
	Name            string    `json:"name"`
	ContextTokens   *int      `json:"context_tokens"`
	MaxOutputTokens *int      `json:"max_output_tokens"`
	Input           []string  `json:"input"`
	Efforts         []string  `json:"efforts"`
	Default         bool      `json:"default"`
	Price           *priceRow `json:"price"`
}

// priceRow is in US dollars for a million tokens.
type priceRow struct {
	Input      float64 `json:"input"`
	Output     float64 `json:"output"`
	CacheRead  float64 `json:"cache_read"`
	CacheWrite float64 `json:"cache_write"`
}

// problemRow is a provider that could not answer.
type problemRow struct {
	Provider string     `json:"provider"`
	Error    *errorInfo `json:"error"`
}

func (c *command) modelsCommand() *cli.Command {
	return &cli.Command{
		Name: "models", Usage: "list the models that can be used",
		Description: `Asks each provider, or only the named one. What a provider said in the last hour
is not asked again without --refresh.

Examples:
  jcode models
  jcode models --provider NAME --refresh
  jcode models --json`,
		Flags: []cli.Flag{yes("refresh", "", "ask again, whatever is known"), jsonFlag()}, Action: c.modelsAction,
	}
}

func (c *command) modelsAction(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	providers, err := h.Models(flags.Context, flags.String("provider"), flags.Bool("refresh"))
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		return c.printJSON(c.modelsDocument(providers))
	}
	var rows [][]string
	var idle []string // never set up, which is nothing to warn of
	for _, p := range providers {
		switch {
		case p.Err != nil && notSetUp(p.Err):
			idle = append(idle, p.Provider)
		case p.Err != nil:
			c.warn(p.Provider + ": " + explain(p.Err).message)
		}
		for _, m := range p.Models {
			rows = append(rows, modelCells(p.Provider, m))
		}
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintln(c.err, "no models: see 'jcode plugins list' and 'jcode auth status'")
		return err
	}
	if err := c.tableWithin([]string{"PROVIDER", "MODEL", "CONTEXT", "OUTPUT", "INPUT", "EFFORTS", "NAME"}, rows, "EFFORTS", "INPUT", "OUTPUT"); err != nil {
		return err
	}
	if len(idle) > 0 && c.inv.count("quiet") == 0 {
		_, err = fmt.Fprintf(c.err, "no models of %s: not logged in, or not installed; jcode auth status tells more\n", strings.Join(idle, ", "))
	}
	return err
}

// notSetUp reports whether a provider says that the user never logged in, or has not
// its program.
func notSetUp(err error) bool {
	switch sdk.KindOf(err) {
	case sdk.KindUnauthenticated, sdk.KindInteractionRequired, sdk.KindCLIMissing:
		return true
	default:
		return false
	}
}

func modelCells(provider string, m sdk.Model) []string {
	name := m.DisplayName
	if m.Default {
		name = strings.TrimSpace(name + " (default)")
	}
	return []string{
		provider, m.ID, tokens(m.ContextTokens), tokens(m.MaxOutputTokens),
		strings.Join(m.InputModalities, ","), strings.Join(m.Efforts, ","), name,
	}
}

func tokens(n int) string {
	switch {
	case n == 0:
		return ""
	case n >= 1000 && n%1000 == 0:
		return fmt.Sprintf("%dk", n/1000)
	}
	return fmt.Sprint(n)
}

func (c *command) modelsDocument(providers []host.ProviderModels) map[string]any {
	rows, problems := []modelRow{}, []problemRow{}
	for _, p := range providers {
		if p.Err != nil {
			problems = append(problems, problemRow{p.Provider, errorInfoOf(c.explainOf(p.Provider, p.Err))})
		}
		for _, m := range p.Models {
			row := modelRow{
				p.Provider, m.ID, m.DisplayName, orNull(m.ContextTokens), orNull(m.MaxOutputTokens),
				orEmpty(m.InputModalities), orEmpty(m.Efforts), m.Default, nil,
			}
			if m.Price != nil {
				row.Price = &priceRow{m.Price.Input, m.Price.Output, m.Price.CacheRead, m.Price.CacheWrite}
			}
			rows = append(rows, row)
		}
	}
	document := document("models", rows)
	document["problems"] = problems
	return document
}
