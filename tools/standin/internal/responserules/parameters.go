package responserules

import (
	"slices"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

// chatGPTParameters is everything that the ChatGPT face takes.
var chatGPTParameters = []string{
	"model", "instructions", "input", "tools", "tool_choice", "parallel_tool_calls",
	"reasoning", "store", "stream", "include", "service_tier", "prompt_cache_key", "text",
	"client_metadata",
}

// platformParameters is what the platform takes beyond that.
var platformParameters = append([]string{
	"background", "context_management", "conversation", "max_output_tokens", "max_tool_calls",
	"metadata", "moderation", "previous_response_id", "prompt", "prompt_cache_options",
	"prompt_cache_retention", "safety_identifier", "stream_options", "temperature",
	"top_logprobs", "top_p", "truncation", "user",
}, slices.DeleteFunc(slices.Clone(chatGPTParameters), func(s string) bool { return s == "client_metadata" })...)

func checkParameters(req *Request) *Refusal {
	if req.Face == ChatGPT {
		if key := check.Extra(req.root, chatGPTParameters); key != "" {
			return refuse(fieldUnsupported, key, key)
		}
	} else if key := check.Extra(req.root, platformParameters); key != "" {
		return refuse(fieldUnknown, key, key)
	}
	for i, key := range req.root.Keys {
		if slices.Contains(req.root.Keys[:i], key) {
			return refuse(fieldRepeated, key, key)
		}
	}
	return nil
}

// checkSwitches looks at stream and store, which the ChatGPT face wants in one way
// alone and said aloud.
func checkSwitches(req *Request) *Refusal {
	stream, store := req.root.Get("stream"), req.root.Get("store")
	req.Stream, req.Store = stream.True(), store == nil || store.True()
	if req.Face == ChatGPT {
		switch {
		case !store.Is(jsontree.Bool) || store.True():
			return refuse(storeSet, "store")
		case !stream.True():
			return refuse(streamSet, "stream")
		}
		return nil
	}
	switch {
	case present(stream) && stream.Kind != jsontree.Bool:
		return refuse(streamShape, "stream")
	case present(store) && store.Kind != jsontree.Bool:
		return refuse(storeShape, "store")
	}
	return nil
}

// present reports whether a parameter was given and is not null.
func present(n *jsontree.Node) bool { return n != nil && n.Kind != jsontree.Null }

func checkInstructions(req *Request) *Refusal {
	n := req.root.Get("instructions")
	req.Instructions = n.Text()
	switch {
	case present(n) && n.Kind != jsontree.String:
		return refuse(instructionsShape, "instructions")
	case req.Face == ChatGPT && req.Instructions == "":
		return refuse(instructionsMissing, "instructions")
	}
	return nil
}

func checkOptions(req *Request) *Refusal {
	return check.FirstOf(
		func() *Refusal { return checkInclude(req) },
		func() *Refusal { return checkText(req.root.Get("text")) },
		func() *Refusal { return checkSampling(req) },
		func() *Refusal { return checkScalars(req) },
	)
}

var includes = []string{
	"file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
	"message.input_image.image_url", "computer_call_output.output.image_url",
	"code_interpreter_call.outputs", "reasoning.encrypted_content", "message.output_text.logprobs",
}

func checkInclude(req *Request) *Refusal {
	n := req.root.Get("include")
	if !present(n) {
		return nil
	}
	if n.Kind != jsontree.Array {
		return refuse(includeShape, "include", n.Raw, strings.Join(includes, ", "))
	}
	for i, item := range n.Items {
		if !slices.Contains(includes, item.Text()) {
			return refuse(includeShape, at("include", i), item.Text(), strings.Join(includes, ", "))
		}
		req.Encrypted = req.Encrypted || item.Text() == "reasoning.encrypted_content"
	}
	return nil
}

func checkText(n *jsontree.Node) *Refusal {
	if !present(n) {
		return nil
	}
	verbosity, format := n.Get("verbosity"), n.Get("format")
	if n.Kind != jsontree.Object || check.Extra(n, []string{"verbosity", "format"}) != "" ||
		present(verbosity) && !slices.Contains([]string{"low", "medium", "high"}, verbosity.Text()) ||
		present(format) && format.Get("type").Text() == "" {
		return refuse(textShape, "text")
	}
	return nil
}

func checkSampling(req *Request) *Refusal {
	for name, limit := range map[string]float64{"temperature": 2, "top_p": 1} {
		n := req.root.Get(name)
		if !present(n) {
			continue
		}
		if req.Model.Reasoning {
			return refuse(samplingUnsupported, name, name)
		}
		if v, ok := n.Float(); !ok || v < 0 || v > limit {
			return refuse(samplingShape, name, name)
		}
	}
	return nil
}

func checkScalars(req *Request) *Refusal {
	root := req.root
	if n := root.Get("max_output_tokens"); present(n) {
		if v, ok := n.Int(); !ok || v < 16 {
			return refuse(outputLimit, "max_output_tokens")
		}
	}
	if n := root.Get("prompt_cache_key"); present(n) && (n.Kind != jsontree.String || len(n.Text()) > 64) {
		return refuse(cacheKeyShape, "prompt_cache_key")
	}
	if n := root.Get("prompt_cache_retention"); present(n) && n.Text() != "in_memory" && n.Text() != "24h" {
		return refuse(cacheRetention, "prompt_cache_retention")
	}
	if n := root.Get("parallel_tool_calls"); present(n) && n.Kind != jsontree.Bool {
		return refuse(parallelShape, "parallel_tool_calls")
	}
	req.Parallel = !present(root.Get("parallel_tool_calls")) || root.Get("parallel_tool_calls").True()
	if n := root.Get("previous_response_id"); present(n) {
		return refuse(previousUnknown, "previous_response_id", n.Text())
	}
	for name, kind := range map[string]jsontree.Kind{
		"service_tier": jsontree.String, "user": jsontree.String, "safety_identifier": jsontree.String,
		"truncation": jsontree.String, "metadata": jsontree.Object, "client_metadata": jsontree.Object,
	} {
		if n := root.Get(name); present(n) && n.Kind != kind {
			word := "a string"
			if kind == jsontree.Object {
				word = "an object"
			}
			return refuse(scalarShape, name, name, word)
		}
	}
	return nil
}

func checkReasoningOptions(req *Request) *Refusal {
	n := req.root.Get("reasoning")
	if !present(n) {
		return nil
	}
	effort, summary := n.Get("effort"), n.Get("summary")
	if n.Kind != jsontree.Object || check.Extra(n, []string{"effort", "summary", "generate_summary", "context"}) != "" ||
		present(summary) && !slices.Contains([]string{"auto", "concise", "detailed"}, summary.Text()) ||
		present(effort) && effort.Kind != jsontree.String {
		return refuse(reasoningShape, "reasoning")
	}
	if !req.Model.Reasoning {
		return refuse(reasoningUnsupported, "reasoning.effort")
	}
	req.Effort = effort.Text()
	if present(effort) && !slices.Contains(req.Model.Efforts, effort.Text()) {
		return refuse(effortUnsupported, "reasoning.effort", effort.Text(), req.Model.ID, strings.Join(req.Model.Efforts, ", "))
	}
	return nil
}
