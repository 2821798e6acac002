package responses

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/exchange"
	"github.com/jcode-go/jcode/tools/standin/internal/responserules"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// Model is one model the server has.
type Model struct {
	ID            string
	Name          string // display name
	Account       bool   // a ChatGPT account may use it
	Platform      bool   // an API key may
	Hidden        bool   // the catalog says visibility hide
	Priority      int    // in the catalog; the lowest comes first to a person
	Context       int    // tokens
	Efforts       []string
	DefaultEffort string
	Serial        bool   // no parallel tool calls
	NoVerbosity   bool   // takes no text.verbosity
	Lite          bool   // use_responses_lite
	MinClient     string // the catalog hides it from older clients
	TextOnly      bool   // no images
	Created       int64
}

// DefaultModels are the models of a server that was given none. The catalog is
// deliberately not in the order of priority.
func DefaultModels() []Model {
	efforts := []string{"low", "medium", "high", "xhigh"}
	all := append(slices.Clone(efforts), "ultra")
	return []Model{
		{ID: "gpt-5.5", Name: "GPT-5.5", Account: true, Platform: true, Priority: 3, Context: 272_000, Efforts: efforts, DefaultEffort: "medium", MinClient: "0.98.0", Created: 1_770_000_000},
		{ID: "gpt-6.1-sol", Name: "GPT-6.1 Sol", Account: true, Platform: true, Priority: 1, Context: 400_000, Efforts: all, DefaultEffort: "medium", Lite: true, MinClient: "0.144.0", Created: 1_790_000_000},
		{ID: "gpt-6-astra", Name: "GPT-6 Astra", Account: true, Priority: 2, Context: 400_000, Efforts: all, DefaultEffort: "high", Lite: true, MinClient: "0.153.0", Created: 1_785_000_000},
		{ID: "gpt-5.4-mini", Name: "GPT-5.4 mini", Account: true, Platform: true, Priority: 9, Context: 272_000, Efforts: efforts[:3], DefaultEffort: "medium", Serial: true, NoVerbosity: true, TextOnly: true, Created: 1_765_000_000},
		{ID: "codex-auto-review", Name: "codex-auto-review", Account: true, Hidden: true, Priority: 29, Context: 272_000, Efforts: efforts, DefaultEffort: "medium", Created: 1_770_000_000},
		{ID: "gpt-5.2", Name: "GPT-5.2", Platform: true, Context: 272_000, Efforts: append([]string{"none"}, efforts...), DefaultEffort: "none", Created: 1_760_000_000},
		{ID: "gpt-4.1", Name: "GPT-4.1", Platform: true, Context: 1_047_576, Created: 1_744_000_000},
	}
}

func (m Model) allowed(face responserules.Face) bool {
	return face == responserules.ChatGPT && m.Account || face == responserules.Platform && m.Platform
}

func (s *Server) model(face responserules.Face, id string) (responserules.Model, bool) {
	for _, m := range s.models {
		if m.ID == id && m.allowed(face) {
			return responserules.Model{ID: id, Reasoning: len(m.Efforts) > 0, Efforts: m.Efforts}, true
		}
	}
	return responserules.Model{}, false
}

// serveModels lists the models of the platform.
func (s *Server) serveModels(x *exchange.Exchange) {
	data := []any{}
	for _, m := range s.models {
		if m.Platform {
			data = append(data, m.listed())
		}
	}
	x.JSON(wire.Object("object", "list", "data", data))
}

func (s *Server) serveModel(x *exchange.Exchange, id string) {
	for _, m := range s.models {
		if m.ID == id && m.Platform {
			x.JSON(m.listed())
			return
		}
	}
	x.Fail(http.StatusNotFound, "application/json", errorBody(responserules.ErrorObject, http.StatusNotFound, errorFields{
		"invalid_request_error", "model_not_found", "The model '" + id + "' does not exist or you do not have access to it.", "model", nil,
	}))
}

func (m Model) listed() any {
	return wire.Object("id", m.ID, "object", "model", "created", m.Created, "owned_by", "openai")
}

// serveCatalog lists the models of an account, as far as the client's version may
// know them, with an ETag.
func (s *Server) serveCatalog(x *exchange.Exchange) {
	version := x.R.URL.Query().Get("client_version")
	entries := []any{}
	for _, m := range s.models {
		if m.Account && !older(version, m.MinClient) {
			entries = append(entries, m.entry())
		}
	}
	body := wire.Object("models", entries)
	sum := sha256.Sum256(body)
	tag := `W/"` + hex.EncodeToString(sum[:8]) + `"`
	x.W.Header().Set("Etag", tag)
	x.W.Header().Set("X-Models-Etag", tag)
	if x.R.Header.Get("If-None-Match") == tag {
		x.Rec.Outcome, x.Rec.Status = Complete, http.StatusNotModified
		x.Publish()
		x.W.WriteHeader(http.StatusNotModified)
		return
	}
	x.JSON(body)
}

// older compares versions such as 0.144.0; what is no number counts as 0.
func older(version, than string) bool {
	a, b := strings.Split(version, "."), strings.Split(than, ".")
	for i := range max(len(a), len(b)) {
		var x, y int
		if i < len(a) {
			x, _ = strconv.Atoi(a[i])
		}
		if i < len(b) {
			y, _ = strconv.Atoi(b[i])
		}
		if x != y {
			return x < y
		}
	}
	return false
}

func (m Model) entry() any {
	levels := []any{}
	for _, effort := range m.Efforts {
		levels = append(levels, map[string]string{"effort": effort, "description": effort + " effort"})
	}
	visibility, modalities := "list", []string{"text", "image"}
	if m.Hidden {
		visibility = "hide"
	}
	if m.TextOnly {
		modalities = modalities[:1]
	}
	return wire.Object(
		"slug", m.ID, "display_name", m.Name, "description", m.Name+" of the stand-in.",
		"default_reasoning_level", m.DefaultEffort, "supported_reasoning_levels", levels,
		"shell_type", "shell_command", "visibility", visibility, "minimal_client_version", m.MinClient,
		"supported_in_api", m.Platform, "priority", m.Priority, "availability_nux", nil, "upgrade", nil,
		"base_instructions", "You are a coding agent.", "supports_reasoning_summaries", true,
		"default_reasoning_summary", "auto", "support_verbosity", !m.NoVerbosity, "default_verbosity", "low",
		"apply_patch_tool_type", "freeform", "web_search_tool_type", "text",
		"truncation_policy", map[string]any{"mode": "tokens", "limit": 10_000},
		"supports_parallel_tool_calls", !m.Serial, "context_window", m.Context, "effective_context_window_percent", 95,
		"experimental_supported_tools", []string{}, "input_modalities", modalities, "use_responses_lite", m.Lite,
	)
}
