package records

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
	"github.com/tidwall/gjson"
)

// begun matches the beginning of what can only be meant as an expression: a name
// of a part of a record, perhaps in brackets, behind "not" or within a function,
// and an operator after it.
var begun = regexp.MustCompile(`^[\s(!-]*(?:not\s+)?(?:[a-zA-Z]\w*\(\s*)*` +
	`(?:key|value|headers|offset|partition|timestamp|size)` +
	`\s*(?:\??\.[\pL_]|\??\[|[=!<>]=|[<>+*%^,)]|(?:not\s+)?(?:contains|matches|startsWith|endsWith|in)\s)`)

func looksLikeExpression(text string) bool { return begun.MatchString(text) }

// isExpression reports whether a text that does not begin as one is an expression
// after all, as "x" in value.tags is: it says something about the record.
func isExpression(text string) bool {
	tree, err := parser.Parse(text)
	if err != nil {
		return false
	}
	switch tree.Node.(type) {
	case *ast.BinaryNode, *ast.UnaryNode, *ast.BuiltinNode, *ast.CallNode:
	default:
		return false // a word
	}
	_, err = newExpression(text)
	return err == nil && len(identifiers(&tree.Node)) > 0
}

// part is a name that an expression uses, and how its value is taken from a
// record.
type part struct {
	name string
	of   func(*view) any
}

// newExpression compiles an expression. Each path into JSON becomes a name of its
// own, so that only what is asked for is taken out of the JSON.
func newExpression(text string) (*Filter, error) {
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, mistakeIn(err)
	}
	paths := pathNames{"key": "", "value": ""}
	ast.Walk(&tree.Node, paths)
	env, parts := types.Map{}, []part{}
	used := identifiers(&tree.Node)
	for name, typ := range recordTypes() {
		env[name] = typ
	}
	for _, name := range used {
		if path, ok := paths[name]; ok && path != "" {
			env[name] = types.Any
			parts = append(parts, part{name, jsonPart(name[0] == 'k', path)})
		} else if of, ok := recordParts()[name]; ok {
			parts = append(parts, part{name, of})
		}
	}
	program, err := expr.Compile(text, expr.Env(env), expr.Patch(paths), expr.AsBool())
	if err != nil {
		return nil, mistakeIn(err)
	}
	f := &Filter{text: text, kind: Expression, headers: slices.Contains(used, "headers")}
	if need := paths.needs(tree.Node); need.text != "" {
		f.mark, f.escapes, f.must = need.text, need.json, makeNeedle(need.text, true)
	}
	f.test = func() func(*view) (bool, error) { return run(program, parts) }
	return f, nil
}

// run returns a test of an expression with a machine and variables of its own.
func run(program *vm.Program, parts []part) func(*view) (bool, error) {
	var machine vm.VM
	env := make(map[string]any, len(parts))
	return func(v *view) (bool, error) {
		for i := range parts {
			env[parts[i].name] = parts[i].of(v)
		}
		out, err := machine.Run(program, env)
		if err != nil {
			var wrong *file.Error
			if errors.As(err, &wrong) {
				err = &Mistake{Column: wrong.From, Text: wrong.Message}
			}
			return false, err
		}
		ok, isBool := out.(bool)
		return isBool && ok, nil
	}
}

func mistakeIn(err error) error {
	var wrong *file.Error
	if errors.As(err, &wrong) {
		return &Mistake{Column: wrong.From, Text: wrong.Message}
	}
	return &Mistake{Text: err.Error()}
}

// recordTypes are the names in an expression. Absent keys, values and headers are
// nil.
func recordTypes() types.Map {
	return types.Map{
		"key": types.Any, "value": types.Any, "headers": types.TypeOf(map[string]any{}),
		"offset": types.Int, "partition": types.Int, "size": types.Int, "timestamp": types.TypeOf(time.Time{}),
	}
}

func recordParts() map[string]func(*view) any {
	return map[string]func(*view) any{
		"key":       func(v *view) any { return textOrNil(v.key) },
		"value":     func(v *view) any { return textOrNil(v.value) },
		"offset":    func(v *view) any { return int(v.offset) },
		"partition": func(v *view) any { return int(v.partition) },
		"size":      func(v *view) any { return v.size },
		"timestamp": func(v *view) any { return time.UnixMilli(v.millis) },
		"headers": func(v *view) any {
			all := make(map[string]any, len(v.headers))
			for _, h := range v.headers { // of several with one name, the last
				all[string(h.key)] = textOrNil(h.value)
			}
			return all
		},
	}
}

func textOrNil(b []byte) any {
	if b == nil {
		return nil
	}
	return string(b)
}

// jsonPart takes the value at a path out of a JSON object or array; nil when there
// is none. Whole numbers stay exact.
func jsonPart(ofKey bool, path string) func(*view) any {
	return func(v *view) any {
		data := v.value
		if ofKey {
			data = v.key
		}
		if !isJSON(data) {
			return nil
		}
		found := gjson.GetBytes(data, path)
		if found.Type == gjson.Number {
			if n, err := strconv.Atoi(found.Raw); err == nil {
				return n
			}
		}
		return found.Value()
	}
}

// isJSON reports whether data can be an object or an array.
func isJSON(data []byte) bool {
	for _, b := range data {
		switch b {
		case ' ', '\t', '\n', '\r':
			continue
		}
		return b == '{' || b == '['
	}
	return false
}

// pathNames turns paths into JSON into names, as in "value.items.0": it holds
// gjson's path by the name, which is empty for key and value as a whole.
type pathNames map[string]string

// Visit is called with the parts of a node before the node itself.
func (p pathNames) Visit(node *ast.Node) {
	member, ok := (*node).(*ast.MemberNode)
	if !ok {
		return
	}
	whole, ok := member.Node.(*ast.IdentifierNode)
	if !ok {
		return
	}
	path, known := p[whole.Value]
	step, constant := stepOf(member.Property)
	if !known || !constant {
		return
	}
	name := whole.Value + "." + step
	if path != "" {
		path += "."
	}
	p[name] = path + gjson.Escape(step)
	ast.Patch(node, &ast.IdentifierNode{Value: name})
}

func stepOf(property ast.Node) (step string, constant bool) {
	switch n := property.(type) {
	case *ast.StringNode:
		return n.Value, n.Value != ""
	case *ast.IntegerNode:
		return strconv.Itoa(n.Value), n.Value >= 0
	}
	return "", false
}

// need is a text without which a record cannot be wanted.
type need struct {
	text string
	json bool // it may stand in JSON, with escapes in place of its characters
}

// needs finds the longest text that a record must hold for an expression to be
// true, as far as it is easily seen: what a part of the record is compared with.
func (p pathNames) needs(node ast.Node) need {
	n, ok := node.(*ast.BinaryNode)
	if !ok {
		return need{}
	}
	switch n.Operator {
	case "and", "&&":
		left, right := p.needs(n.Left), p.needs(n.Right)
		if cmp.Compare(len(left.text), len(right.text)) >= 0 {
			return left
		}
		return right
	case "==":
		if found := p.compared(n.Left, n.Right); found.text != "" {
			return found
		}
		return p.compared(n.Right, n.Left)
	case "contains", "startsWith", "endsWith":
		return p.compared(n.Left, n.Right)
	}
	return need{}
}

// compared returns the text that a part of a record is compared with.
func (p pathNames) compared(of, with ast.Node) need {
	text, ok := with.(*ast.StringNode)
	if !ok {
		return need{}
	}
	if member, ok := of.(*ast.MemberNode); ok { // a header
		name, ok := member.Node.(*ast.IdentifierNode)
		if ok && name.Value == "headers" {
			return need{text: text.Value}
		}
		return need{}
	}
	name, ok := of.(*ast.IdentifierNode)
	if !ok {
		return need{}
	}
	path, ok := p[name.Value]
	if !ok {
		return need{}
	}
	return need{text: text.Value, json: path != ""}
}

// identifiers returns the names in an expression, each once, in order.
func identifiers(node *ast.Node) []string {
	var found names
	ast.Walk(node, &found)
	slices.Sort(found)
	return slices.Compact(found)
}

type names []string

// Visit notes a name.
func (n *names) Visit(node *ast.Node) {
	if id, ok := (*node).(*ast.IdentifierNode); ok {
		*n = append(*n, id.Value)
	}
}
