package savedstate

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/scaler-dev/scaler/internal/engine"
	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	chunkSize = 256 << 10
	maxChunks = 32
	// maxState bounds what is unpacked.
	maxState = 512 << 20
	// keptSamples of each subject are saved.
	keptSamples = 3

	dataKey  = "state.json.gz"
	countKey = "scaler.dev/chunks"
	hashKey  = "scaler.dev/sha256"
	ownerKey = "app.kubernetes.io/managed-by"
	owner    = "scaler"
)

var (
	errNone    = errors.New("there is none")
	errTooMany = fmt.Errorf("it does not fit into %d ConfigMaps of %d KiB", maxChunks, chunkSize>>10)
	errBroken  = errors.New("its parts do not fit together")
	errForeign = errors.New("a ConfigMap of that name belongs to somebody else")
)

// saved is what is kept: the state, and the instant it is of.
type saved struct {
	Now   signals.Instant `json:"now"`
	State engine.State    `json:"state"`
}

// trimmed leaves the newest entries of each ring.
func trimmed(s engine.State) engine.State {
	for i := range s.Subjects {
		r := &s.Subjects[i].Ring
		if n := len(r.Entries); n > keptSamples {
			r.Entries = r.Entries[n-keptSamples:]
		}
	}
	return s
}

func (s *Saver) name(i int) string { return s.Name + "-" + strconv.Itoa(i) }

func (s *Saver) write(ctx context.Context, state saved) error {
	packed, err := pack(state)
	if err != nil {
		return err
	}
	count := max(1, (len(packed)+chunkSize-1)/chunkSize)
	if count > maxChunks {
		return errTooMany
	}
	sum := sha256.Sum256(packed)
	marks := map[string]string{countKey: strconv.Itoa(count), hashKey: hex.EncodeToString(sum[:])}
	for i := range count {
		part := packed[i*chunkSize : min(len(packed), (i+1)*chunkSize)]
		if err := s.put(ctx, s.name(i), part, marks); err != nil {
			return err
		}
	}
	return nil
}

func (s *Saver) put(ctx context.Context, name string, part []byte, marks map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	maps := s.Client.ConfigMaps(s.Namespace)
	old, err := maps.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		fresh := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Name: name, Annotations: marks, Labels: map[string]string{ownerKey: owner},
		}, BinaryData: map[string][]byte{dataKey: part}}
		_, err = maps.Create(ctx, fresh, metav1.CreateOptions{})
	} else if err == nil {
		if old.Labels[ownerKey] != owner {
			return fmt.Errorf("save the state in ConfigMap %s/%s: %w", s.Namespace, name, errForeign)
		}
		old.Annotations, old.BinaryData = marks, map[string][]byte{dataKey: part}
		_, err = maps.Update(ctx, old, metav1.UpdateOptions{})
	}
	if err != nil {
		return fmt.Errorf("save the state in ConfigMap %s/%s: %w", s.Namespace, name, err)
	}
	return nil
}

func (s *Saver) read(ctx context.Context) (saved, error) {
	var packed []byte
	var marks map[string]string
	for i, count := 0, 1; i < count; i++ {
		m, err := s.get(ctx, s.name(i))
		if err != nil {
			return saved{}, err
		}
		if i == 0 {
			marks = m.Annotations
			if count, err = strconv.Atoi(marks[countKey]); err != nil || count < 1 || count > maxChunks {
				return saved{}, errBroken
			}
		}
		packed = append(packed, m.BinaryData[dataKey]...)
	}
	if sum := sha256.Sum256(packed); hex.EncodeToString(sum[:]) != marks[hashKey] {
		return saved{}, errBroken
	}
	return unpack(packed)
}

func (s *Saver) get(ctx context.Context, name string) (*corev1.ConfigMap, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	m, err := s.Client.ConfigMaps(s.Namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, errNone
	case err != nil:
		return nil, fmt.Errorf("read the saved state from ConfigMap %s/%s: %w", s.Namespace, name, err)
	case m.Labels[ownerKey] != owner:
		return nil, errForeign
	}
	return m, nil
}

func pack(s saved) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if err := errors.Join(json.NewEncoder(z).Encode(s), z.Close()); err != nil {
		return nil, fmt.Errorf("pack the state: %w", err)
	}
	return out.Bytes(), nil
}

func unpack(packed []byte) (saved, error) {
	var s saved
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return s, errBroken
	}
	if json.NewDecoder(io.LimitReader(z, maxState)).Decode(&s) != nil {
		return saved{}, errBroken
	}
	return s, nil
}
