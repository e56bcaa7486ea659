package indicator

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Limits on one condition. maxConditionCost is cel's static estimate for the
// longest lists; being checked at load, it costs nothing per advert.
const (
	maxConditionBytes = 600
	maxConditionCost  = 20_000
	maxFeatureItems   = 64
)

// condition is a compiled `when`, cut at its top-level &&. A part whose
// variables are all zero has the value it has on an empty advert, so most
// conditions are decided by a few bit operations, without running cel.
type condition struct {
	parts []conditionPart
}

type conditionPart struct {
	program cel.Program
	uses    bitset
	// onZero is the part's value where all that it uses is zero.
	onZero bool
}

func compileCondition(s *varSchema, src string) (*condition, error) {
	if len(src) > maxConditionBytes {
		return nil, fmt.Errorf("has %d bytes: write at most %d", len(src), maxConditionBytes)
	}
	whole, err := check(s, src)
	if err != nil {
		return nil, err
	}
	c := &condition{}
	for _, e := range conjuncts(whole.NativeRep().Expr(), nil) {
		text, err := cel.ExprToString(e, whole.NativeRep().SourceInfo())
		if err != nil {
			return nil, fmt.Errorf("split at &&: %w", err)
		}
		part, err := compilePart(s, text)
		if err != nil {
			return nil, err
		}
		c.parts = append(c.parts, part)
	}
	return c, nil
}

func check(s *varSchema, src string) (*cel.Ast, error) {
	tree, issues := s.env.Compile(src)
	if err := issues.Err(); err != nil {
		return nil, err
	}
	if tree.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("is a %s: write a condition that is true or false", tree.OutputType())
	}
	cost, err := s.env.EstimateCost(tree, sizeEstimator{})
	if err != nil {
		return nil, fmt.Errorf("estimate the cost: %w", err)
	}
	if cost.Max > maxConditionCost {
		return nil, fmt.Errorf("may cost %d, over the limit of %d: use fewer loops over lists", cost.Max, maxConditionCost)
	}
	return tree, nil
}

func compilePart(s *varSchema, src string) (conditionPart, error) {
	tree, err := check(s, src)
	if err != nil {
		return conditionPart{}, err
	}
	program, err := s.env.Program(tree, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return conditionPart{}, err
	}
	p := conditionPart{program: program, uses: newBitset(len(s.features))}
	for _, r := range tree.NativeRep().ReferenceMap() {
		if n, ok := s.numbers[r.Name]; ok {
			p.uses.add(n)
		}
	}
	// A part that fails on an empty advert (a missing attribute) is false
	// there: what is not known is no sign.
	out, _, err := program.Eval(s.newVars())
	p.onZero = err == nil && out == types.True
	return p, nil
}

func conjuncts(e ast.Expr, dst []ast.Expr) []ast.Expr {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalAnd {
		for _, arg := range e.AsCall().Args() {
			dst = conjuncts(arg, dst)
		}
		return dst
	}
	return append(dst, e)
}

// holds evaluates the condition. A failing evaluation (an attribute that is
// absent) is false.
func (c *condition) holds(v *vars) bool {
	for i := range c.parts {
		if p := &c.parts[i]; !p.uses.meets(v.set) && !p.onZero {
			return false
		}
	}
	for i := range c.parts {
		p := &c.parts[i]
		if !p.uses.meets(v.set) {
			continue
		}
		out, _, err := p.program.Eval(v)
		if err != nil || out != types.True {
			return false
		}
	}
	return true
}

// sizeEstimator bounds the features' sizes for the cost estimate.
type sizeEstimator struct{}

// EstimateSize implements checker.CostEstimator.
func (sizeEstimator) EstimateSize(n checker.AstNode) *checker.SizeEstimate {
	if len(n.Path()) == 0 {
		return nil
	}
	switch n.Type().Kind() {
	case types.ListKind, types.MapKind:
		return &checker.SizeEstimate{Min: 0, Max: maxFeatureItems}
	case types.StringKind:
		return &checker.SizeEstimate{Min: 0, Max: 256}
	default:
		return nil
	}
}

// EstimateCallCost implements checker.CostEstimator.
func (sizeEstimator) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}
