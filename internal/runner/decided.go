package runner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/scaler-dev/scaler/internal/policy"
)

// Decided is what a record keeps of a decision: the number, and a hash of everything
// else, so that a record stays small and two decisions can be told apart.
type Decided struct {
	Policy  policy.ID      `json:"policy"`
	Desired policy.Desired `json:"desired"`
	Hash    string         `json:"hash"` // of the whole decision as JSON, trail included
}

// DecidedOf is what a record keeps of a decision. Decisions of equal JSON, and only
// those, give equal ones.
func DecidedOf(d policy.Decision) (Decided, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return Decided{}, fmt.Errorf("write the decision of %s: %w", d.Policy, err)
	}
	sum := sha256.Sum256(raw)
	return Decided{Policy: d.Policy, Desired: d.Desired, Hash: hex.EncodeToString(sum[:16])}, nil
}
