package shell

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// changers can set any variable.
var changers = []string{"eval", "source", ".", "trap", "alias"}

// freeze finds the variables whose values cannot be followed: those that are
// set anywhere but in one plain assignment or one for loop, or whose names
// appear as words, as in "read X".
func (a *analysis) freeze(file *syntax.File) {
	if a.frozen == nil {
		a.frozen = map[string]bool{}
	}
	set := map[string]int{}
	top := map[*syntax.Assign]bool{}
	for _, stmt := range file.Stmts {
		if assign := plainAssign(stmt); assign != nil {
			top[assign] = true
		}
	}
	code := false
	syntax.Walk(file, func(node syntax.Node) bool {
		code = code || quotedCode(node)
		a.script.Hidden = a.script.Hidden || a.subscriptCode(node)
		a.script.Evaluates = a.script.Evaluates || evaluates(node)
		switch node := node.(type) {
		case *syntax.Assign:
			a.freezeAssign(node, top[node], set)
		case *syntax.WordIter:
			set[node.Name.Value]++
			a.script.Assigned = append(a.script.Assigned, node.Name.Value)
		case *syntax.Word:
			for _, text := range a.word(node).Values {
				if name, _, _ := strings.Cut(text, "="); syntax.ValidName(name) {
					a.frozen[name] = true
				}
			}
		case *syntax.CallExpr:
			if len(node.Args) > 0 && slices.Contains(changers, a.word(node.Args[0]).Text()) {
				a.allFrozen = true
			}
		case *syntax.ParamExp:
			if node.Exp != nil && node.Param != nil { // ${X:=value} sets it
				a.frozen[node.Param.Value] = true
				a.script.Assigned = append(a.script.Assigned, node.Param.Value)
			}
		case *syntax.ArithmExp, *syntax.ArithmCmd, *syntax.LetClause:
			a.allFrozen = true
		}
		return true
	})
	a.script.Hidden = a.script.Hidden || code && a.script.Evaluates
	for name, count := range set {
		if _, before := a.vars[name]; count > 1 || before {
			a.frozen[name] = true
		}
	}
}

// evaluates reports whether a node makes the shell take text for an expression.
func evaluates(node syntax.Node) bool {
	switch node := node.(type) {
	case *syntax.ArithmExp, *syntax.ArithmCmd, *syntax.LetClause, *syntax.CStyleLoop, *syntax.TestClause, *syntax.DeclClause:
		return true
	case *syntax.Assign:
		return node.Index != nil
	case *syntax.ParamExp:
		return node.Excl || node.Index != nil || node.Slice != nil || node.Exp != nil && node.Exp.Op == syntax.OtherParamOps
	}
	return false
}

func (a *analysis) freezeAssign(assign *syntax.Assign, top bool, set map[string]int) {
	if assign.Name == nil {
		return
	}
	name := assign.Name.Value
	set[name]++
	a.script.Assigned = append(a.script.Assigned, name)
	if !top {
		a.frozen[name] = true
	}
	if name == "IFS" || name == "CDPATH" {
		a.allFrozen = true
		a.dirUnknown = a.dirUnknown || name == "CDPATH"
	}
}

// plainAssign is the assignment of a statement that does nothing else.
func plainAssign(stmt *syntax.Stmt) *syntax.Assign {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || stmt.Background || stmt.Coprocess || len(call.Args) > 0 || len(call.Assigns) != 1 {
		return nil
	}
	assign := call.Assigns[0]
	if assign.Append || assign.Index != nil || assign.Array != nil || assign.Value == nil {
		return nil
	}
	return assign
}

// learn keeps the value of a plain assignment of the script's outermost level.
func (a *analysis) learn(stmt *syntax.Stmt) {
	assign := plainAssign(stmt)
	if assign == nil || a.depth > 1 {
		return
	}
	if value := a.word(assign.Value); value.Known() {
		a.vars[assign.Name.Value] = value.Values
	}
}

// stmt analyses a statement and everything inside it.
func (a *analysis) stmt(stmt *syntax.Stmt) {
	if stmt == nil {
		return
	}
	redirects := a.redirects(stmt.Redirs)
	if call, ok := stmt.Cmd.(*syntax.CallExpr); ok {
		a.call(call, stmt.Redirs, redirects)
		return
	}
	if len(redirects) > 0 {
		a.emit(Command{Bare: true, Redirects: redirects})
	}
	a.command(stmt.Cmd, stmt.Redirs)
}

// command analyses everything but simple commands.
func (a *analysis) command(cmd syntax.Command, redirs []*syntax.Redirect) {
	switch cmd := cmd.(type) {
	case nil:
	case *syntax.BinaryCmd:
		a.stmt(cmd.X)
		if cmd.Op != syntax.Pipe && cmd.Op != syntax.PipeAll {
			a.stmt(cmd.Y)
			return
		}
		a.feed(namesIn(cmd.X), func() { a.stmt(cmd.Y) })
	case *syntax.FuncDecl:
		a.function(cmd)
	case *syntax.ForClause:
		a.loop(cmd)
	default:
		a.inside(cmd, redirs)
	}
}

// inside walks into the parts of any other command.
func (a *analysis) inside(cmd syntax.Command, redirs []*syntax.Redirect) {
	walk := func() {
		syntax.Walk(cmd, func(node syntax.Node) bool {
			if stmt, ok := node.(*syntax.Stmt); ok {
				a.stmt(stmt)
				return false
			}
			return true
		})
	}
	if slices.ContainsFunc(redirs, feeds) {
		a.feed(nil, walk)
		return
	}
	walk()
}

// feeds reports whether a redirection gives a block of commands their input.
func feeds(r *syntax.Redirect) bool {
	switch r.Op {
	case syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc, syntax.RdrIn:
		return true
	default:
		return false
	}
}

// feed analyses commands whose input comes from others.
func (a *analysis) feed(names []string, analyse func()) {
	piped, upstream := a.piped, a.upstream
	a.piped, a.upstream = true, append(slices.Clone(upstream), names...)
	analyse()
	a.piped, a.upstream = piped, upstream
}

// function analyses a body as if it were called here, in an unknown folder.
func (a *analysis) function(decl *syntax.FuncDecl) {
	names := decl.Names
	if decl.Name != nil {
		names = append(names, decl.Name)
	}
	for _, name := range names {
		a.functions = append(a.functions, name.Value)
	}
	unknown, piped := a.dirUnknown, a.piped
	a.dirUnknown, a.piped = true, true
	a.stmt(decl.Body)
	a.dirUnknown, a.piped = unknown, piped
	a.functions = a.functions[:len(a.functions)-len(names)]
	if callsItself(decl, names) {
		a.unsafe("a function that starts itself in the background or in a pipe never ends")
	}
}

func callsItself(decl *syntax.FuncDecl, names []*syntax.Lit) bool {
	found := false
	syntax.Walk(decl.Body, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if ok && len(call.Args) > 0 && slices.ContainsFunc(names, func(n *syntax.Lit) bool { return n.Value == call.Args[0].Lit() }) {
			found = true
		}
		return true
	})
	return found && concurrent(decl.Body)
}

func concurrent(body *syntax.Stmt) bool {
	found := false
	syntax.Walk(body, func(node syntax.Node) bool {
		switch node := node.(type) {
		case *syntax.Stmt:
			found = found || node.Background
		case *syntax.BinaryCmd:
			found = found || node.Op == syntax.Pipe || node.Op == syntax.PipeAll
		}
		return true
	})
	return found
}

// loop gives the loop's variable its values while inside.
func (a *analysis) loop(loop *syntax.ForClause) {
	iter, ok := loop.Loop.(*syntax.WordIter)
	if !ok {
		a.inside(&syntax.Block{Stmts: loop.Do}, nil)
		return
	}
	var values []string
	known := len(iter.Items) > 0
	for _, item := range iter.Items {
		a.expansions(item)
	}
	for _, w := range a.words(iter.Items) {
		values = append(values, w.Values...)
		known = known && w.Known()
	}
	if known && len(values) <= maxValues {
		a.vars[iter.Name.Value] = values
	}
	for _, stmt := range loop.Do {
		a.stmt(stmt)
	}
	delete(a.vars, iter.Name.Value)
}

// expansions analyses the commands inside a word.
func (a *analysis) expansions(node syntax.Node) {
	syntax.Walk(node, func(node syntax.Node) bool {
		if stmt, ok := node.(*syntax.Stmt); ok {
			a.stmt(stmt)
			return false
		}
		return true
	})
}

// namesIn are the programs that a statement runs.
func namesIn(stmt *syntax.Stmt) []string {
	var names []string
	syntax.Walk(stmt, func(node syntax.Node) bool {
		if call, ok := node.(*syntax.CallExpr); ok {
			for _, arg := range call.Args {
				names = append(names, path.Base(arg.Lit()))
			}
		}
		return true
	})
	return names
}
