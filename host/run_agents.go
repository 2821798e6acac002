package host

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/host/internal/permission"
)

// agentTypes reads the user's types of subagents, and those of the project if it is
// trusted: what such a file says goes to the model as instructions.
func (r *run) agentTypes() (types []agent.SubagentType, warnings []string) {
	home := filepath.Join(r.host.home, "agents")
	if !r.host.options.Clean {
		types, warnings = agent.LoadSubagentTypes(home)
	}
	for _, folder := range agent.SubagentFolders(r.WorkingDir) {
		files, err := agent.SubagentFiles(folder)
		if len(files) == 0 && err == nil || folder == home {
			continue
		}
		if !r.host.Trusted(r.WorkingDir) {
			warnings = append(warnings, fmt.Sprintf("%s is not used, for the project is not trusted; jcode trust changes that", folder))
			continue
		}
		own, faults := agent.LoadSubagentTypes(folder)
		types, warnings = append(types, own...), append(warnings, faults...)
	}
	return types, warnings
}

// warnOfAgents says what is wrong with the types of subagents, or that all of them
// are idle because the provider runs its own tools.
func (r *run) warnOfAgents(calls bool) {
	if !calls && len(r.prepared.agents) > 0 {
		var names []string
		for _, t := range r.prepared.agents {
			names = append(names, t.Name)
		}
		r.warnings = append(r.warnings, Warning{Code: "agents_unused", Message: fmt.Sprintf(
			"provider %s runs its own tools and has no task tool: the subagent types %s are not used", r.result.Provider, strings.Join(names, ", "),
		)})
		return
	}
	for _, text := range r.prepared.agentWarnings {
		r.warnings = append(r.warnings, Warning{Code: "agents", Message: text})
	}
}

// childTools are the tools of a subagent. They never may more than those of the run.
func (r *run) childTools(asker *asker) func(agent.ChildOptions) agent.Tools {
	return func(o agent.ChildOptions) agent.Tools {
		narrowed := asker.narrow(permission.Mode(o.PermissionMode))
		tools := r.tools.Child(narrowed, nil, o.Seen...)
		names := o.Tools
		if names == nil && narrowed.policy.Mode() == permission.ModeReadOnly {
			names = readOnlyTools
		}
		if names == nil {
			return tools
		}
		return tools.Only(names...)
	}
}

// readOnlyTools are what is left of the tools where nothing may be changed.
var readOnlyTools = []string{"glob", "grep", "read"}
