package tool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jcode-go/jcode/sdk"
)

const (
	maxTodos     = 100
	maxTodoChars = 500
)

var (
	todoStatuses   = []string{"pending", "in_progress", "completed", "cancelled"}
	todoPriorities = []string{"high", "medium", "low"}
	todoMarks      = map[string]string{"pending": "[ ]", "in_progress": "[>]", "completed": "[x]", "cancelled": "[-]"}
)

// todoWriteTool replaces the task list.
type todoWriteTool struct{ *bench }

var todoWriteParameters = parameters{
	{
		name: "todos", kind: kindArray, required: true, description: "The whole new list, in order; at most 100.",
		items: `{"type":"object","properties":{` +
			`"content":{"type":"string","description":"What is to be done, at most 500 characters."},` +
			`"status":{"type":"string","enum":["pending","in_progress","completed","cancelled"]},` +
			`"priority":{"type":"string","enum":["high","medium","low"],"description":"Default medium."},` +
			`"id":{"type":"string","description":"Keeps a task's identity; assigned when absent."},` +
			`"activeForm":{"type":"string","description":"How the task reads while it is worked on."}},` +
			`"required":["content","status"]}`,
	},
}

var todoWriteSchema = sync.OnceValue(todoWriteParameters.schema)

const todoWriteDescription = `Replace the task list of this session. Use it for work of three steps or more.
Keep one task in_progress at a time, and mark each completed as soon as it is done.`

// Spec describes the tool to the model.
func (t *todoWriteTool) Spec() sdk.ToolSpec {
	return sdk.ToolSpec{Name: "todowrite", Description: todoWriteDescription, InputSchema: todoWriteSchema()}
}

func (t *todoWriteTool) parameters() parameters { return todoWriteParameters }

func (t *todoWriteTool) summary(args arguments) string {
	return plural(len(args.array("todos")), "task")
}

// ReadOnly is always false.
func (t *todoWriteTool) ReadOnly(json.RawMessage) bool { return false }

// Run replaces the list.
func (t *todoWriteTool) Run(_ context.Context, call Call) Result {
	args, err := todoWriteParameters.decode(call.Input)
	if err != nil {
		return failure(CodeInvalidInput, "%v", err)
	}
	todos, err := decodeTodos(args.array("todos"))
	if err != nil {
		return failure(CodeInvalidInput, "%v; nothing was changed", err)
	}
	before := t.Todos.Todos()
	if err := t.Todos.SetTodos(todos); err != nil {
		return failed(fmt.Errorf("keep the task list: %w", err))
	}
	return textResult(todoChanges(before, todos)).withNote(args)
}

// decodeTodos reads and checks a list.
func decodeTodos(raw []json.RawMessage) ([]Todo, error) {
	if len(raw) > maxTodos {
		return nil, fmt.Errorf("%d tasks are too many; at most %d", len(raw), maxTodos)
	}
	todos := make([]Todo, 0, len(raw))
	taken := map[string]bool{}
	for i, each := range raw {
		todo, err := decodeTodo(each)
		if err != nil {
			return nil, fmt.Errorf("task %d: %w", i+1, err)
		}
		if todo.ID != "" && taken[todo.ID] {
			return nil, fmt.Errorf("task %d: the id %q is used twice", i+1, todo.ID)
		}
		taken[todo.ID] = true
		todos = append(todos, todo)
	}
	assignIDs(todos, taken)
	return todos, nil
}

func decodeTodo(raw json.RawMessage) (Todo, error) {
	var loose struct {
		ID         json.RawMessage `json:"id"`
		Content    string          `json:"content"`
		Status     string          `json:"status"`
		Priority   string          `json:"priority"`
		ActiveForm string          `json:"activeForm"`
	}
	if err := json.Unmarshal(raw, &loose); err != nil {
		return Todo{}, errors.New("it must be an object with content and status")
	}
	todo := Todo{
		Content: strings.TrimSpace(loose.Content), Status: loose.Status, Priority: loose.Priority, ActiveForm: loose.ActiveForm,
	}
	if len(loose.ID) > 0 && !bytes.Equal(loose.ID, []byte("null")) {
		todo.ID = strings.TrimSpace(unquote(loose.ID))
	}
	if todo.Priority == "" {
		todo.Priority = "medium"
	}
	return todo, checkTodo(todo)
}

func checkTodo(todo Todo) error {
	switch {
	case todo.Content == "":
		return errors.New("content is empty")
	case utf8.RuneCountInString(todo.Content) > maxTodoChars:
		return fmt.Errorf("content has more than %d characters", maxTodoChars)
	case !slices.Contains(todoStatuses, todo.Status):
		return fmt.Errorf("status is %q; it must be one of: %s", todo.Status, strings.Join(todoStatuses, ", "))
	case !slices.Contains(todoPriorities, todo.Priority):
		return fmt.Errorf("priority is %q; it must be one of: %s", todo.Priority, strings.Join(todoPriorities, ", "))
	}
	return nil
}

// assignIDs gives an id to the tasks that have none.
func assignIDs(todos []Todo, taken map[string]bool) {
	next := 1
	for i := range todos {
		if todos[i].ID != "" {
			continue
		}
		for taken[strconv.Itoa(next)] {
			next++
		}
		todos[i].ID = strconv.Itoa(next)
		taken[todos[i].ID] = true
	}
}

// todoChanges tells what changed, and what comes next.
func todoChanges(before, after []Todo) string {
	old := map[string]Todo{}
	for _, todo := range before {
		old[todo.ID] = todo
	}
	var b strings.Builder
	b.WriteString(todoCounts(after) + "\n")
	for _, todo := range after {
		if was, ok := old[todo.ID]; !ok || was != todo {
			b.WriteString(todoLine(todo))
		}
		delete(old, todo.ID)
	}
	for _, todo := range before {
		if _, gone := old[todo.ID]; gone {
			fmt.Fprintf(&b, "removed: %s\n", todo.Content)
		}
	}
	return b.String() + todoNext(after)
}

func todoLine(todo Todo) string {
	line := todoMarks[todo.Status] + " " + todo.ID + " " + todo.Content
	if todo.Priority != "medium" {
		line += " (" + todo.Priority + ")"
	}
	return line + "\n"
}

func todoCounts(todos []Todo) string {
	counts := map[string]int{}
	for _, todo := range todos {
		counts[todo.Status]++
	}
	text := plural(len(todos), "task")
	for _, status := range todoStatuses {
		if counts[status] > 0 {
			text += fmt.Sprintf(", %d %s", counts[status], strings.ReplaceAll(status, "_", " "))
		}
	}
	return text
}

// todoNext names the task to go on with.
func todoNext(todos []Todo) string {
	var active, pending []Todo
	for _, todo := range todos {
		switch todo.Status {
		case "in_progress":
			active = append(active, todo)
		case "pending":
			pending = append(pending, todo)
		}
	}
	switch {
	case len(active) > 1:
		return fmt.Sprintf("warning: %d tasks are in_progress; work on one at a time\n", len(active))
	case len(active) == 1:
		return "now: " + active[0].Content + "\n"
	case len(pending) > 0:
		return "next: " + pending[0].Content + "\n"
	}
	return ""
}

// todoReadTool shows the task list.
type todoReadTool struct{ *bench }

var todoReadParameters = parameters{}

// Spec describes the tool to the model.
func (t *todoReadTool) Spec() sdk.ToolSpec {
	return sdk.ToolSpec{Name: "todoread", Description: "Show the task list of this session.", InputSchema: todoReadSchema()}
}

var todoReadSchema = sync.OnceValue(todoReadParameters.schema)

func (t *todoReadTool) parameters() parameters { return todoReadParameters }

func (t *todoReadTool) summary(arguments) string { return "" }

// ReadOnly is always true.
func (t *todoReadTool) ReadOnly(json.RawMessage) bool { return true }

// Run shows the list.
func (t *todoReadTool) Run(context.Context, Call) Result {
	todos := t.Todos.Todos()
	if len(todos) == 0 {
		return textResult("no todos")
	}
	var b strings.Builder
	b.WriteString(todoCounts(todos) + "\n")
	for _, todo := range todos {
		b.WriteString(todoLine(todo))
	}
	return textResult(b.String() + todoNext(todos))
}
