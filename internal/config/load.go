package config

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"unicode/utf8"

	v1alpha1 "github.com/scaler-dev/scaler/api/v1alpha1"
)

// Documents are what some files say, defaulted and without a fault. They are not
// to be changed.
type Documents struct {
	// Providers by name.
	Providers map[string]*v1alpha1.SignalProvider
	// Policies, sorted by namespace, then name.
	Policies []*v1alpha1.ScalingPolicy
	// Replays in the order of the files; a process that runs ignores them.
	Replays []*v1alpha1.Replay
	// Config is the process's; the default one where no file has it.
	Config *v1alpha1.ScalerConfig
	// Count of the documents that the files hold.
	Count int
	// Hash is of the files' bytes in the order of their names, in hexadecimal.
	Hash string
}

// Load reads documents. An error is of type Faults: all that is wrong, at once.
// LookupEnv finds the values of ${env:NAME}, as os.LookupEnv does.
func Load(files []File, lookupEnv func(string) (string, bool)) (*Documents, error) {
	var (
		docs   []*document
		faults Faults
		whole  = true
	)
	for _, f := range files {
		more, bad := loadFile(f, lookupEnv)
		docs, faults, whole = append(docs, more...), append(faults, bad...), whole && len(bad) == 0
	}
	if len(files) == 0 {
		faults = append(faults, Fault{Message: "no document is given"})
	}
	checkAll(docs, whole)
	for _, d := range docs {
		faults = append(faults, d.faults...)
	}
	if len(faults) > 0 {
		return nil, faults.sorted()
	}
	return assemble(docs, hash(files)), nil
}

// byteOrderMark is what some editors begin a text with. It is no part of it.
const byteOrderMark = "\ufeff"

// loadFile decodes a file's documents. Its faults are those that leave a document
// out. A file without any is one that was emptied, cut off or not meant.
func loadFile(f File, lookupEnv func(string) (string, bool)) ([]*document, Faults) {
	if len(f.Data) > maxFile {
		return nil, Faults{{File: f.Name, Message: fmt.Sprintf("has more than %d MiB", maxFile>>20)}}
	}
	if !utf8.Valid(f.Data) || bytes.IndexByte(f.Data, 0) >= 0 {
		return nil, Faults{{File: f.Name, Message: "is not text in UTF-8"}}
	}
	f.Data = bytes.TrimPrefix(f.Data, []byte(byteOrderMark))
	bodies, faults := parse(f)
	if len(bodies) == 0 && len(faults) == 0 {
		return nil, Faults{{File: f.Name, Message: "holds no document; write one, or leave the file out"}}
	}
	docs := make([]*document, 0, len(bodies))
	for _, body := range bodies {
		docs = append(docs, newDocument(f.Name, body, lookupEnv))
	}
	return docs, faults
}

func asFault(f File, err error) Fault {
	if fault, ok := errors.AsType[Fault](err); ok {
		return fault
	}
	return Fault{File: f.Name, Message: err.Error()}
}

// assemble sorts sound documents into place.
func assemble(docs []*document, hash string) *Documents {
	out := &Documents{Providers: map[string]*v1alpha1.SignalProvider{}, Count: len(docs), Hash: hash}
	for _, d := range docs {
		switch o := d.object.(type) {
		case *v1alpha1.SignalProvider:
			resolvePaths(o, filepath.Dir(d.file))
			out.Providers[o.Metadata.Name] = o
		case *v1alpha1.ScalingPolicy:
			out.Policies = append(out.Policies, o)
		case *v1alpha1.ScalerConfig:
			resolveKubeconfig(o, filepath.Dir(d.file))
			out.Config = o
		case *v1alpha1.Replay:
			resolveTrace(o, filepath.Dir(d.file))
			out.Replays = append(out.Replays, o)
		}
	}
	if out.Config == nil {
		out.Config = defaultConfig()
	}
	slices.SortFunc(out.Policies, func(a, b *v1alpha1.ScalingPolicy) int {
		return cmp.Or(cmp.Compare(a.Metadata.Namespace, b.Metadata.Namespace), cmp.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return out
}

func defaultConfig() *v1alpha1.ScalerConfig {
	c := &v1alpha1.ScalerConfig{
		TypeMeta: v1alpha1.TypeMeta{APIVersion: v1alpha1.GroupVersion, Kind: v1alpha1.KindScalerConfig},
		Metadata: v1alpha1.ObjectMeta{Name: "scaler"},
	}
	c.Default()
	return c
}

// resolveKubeconfig does for the process's document what resolvePaths does for a
// provider's.
func resolveKubeconfig(c *v1alpha1.ScalerConfig, dir string) {
	if k := c.Spec.Kubernetes; k != nil && k.Kubeconfig != "" && !filepath.IsAbs(k.Kubeconfig) {
		k.Kubeconfig = filepath.Join(dir, k.Kubeconfig)
	}
}

// resolveTrace does it for a replay's.
func resolveTrace(r *v1alpha1.Replay, dir string) {
	if t := r.Spec.Trace; t != nil && !filepath.IsAbs(t.File) {
		t.File = filepath.Join(dir, t.File)
	}
}

// resolvePaths makes the paths of a provider's files relative to its document's
// directory.
func resolvePaths(p *v1alpha1.SignalProvider, dir string) {
	resolve := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	server := func(auth *v1alpha1.Auth, tls *v1alpha1.TLS) {
		if auth != nil && auth.Bearer != nil {
			resolve(&auth.Bearer.TokenFile)
		}
		if tls != nil {
			resolve(&tls.CAFile)
		}
	}
	switch c := p.Spec.Connection; {
	case c.AWS != nil:
		server(nil, c.AWS.TLS)
	case c.Prometheus != nil:
		server(c.Prometheus.Auth, c.Prometheus.TLS)
	case c.HTTP != nil:
		server(c.HTTP.Auth, c.HTTP.TLS)
	case c.Trace != nil:
		resolve(&c.Trace.File)
	}
}

// hash is of the files' bytes, each with its length, in the order of their names.
func hash(files []File) string {
	ordered := slices.SortedStableFunc(slices.Values(files), func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	h := sha256.New()
	for _, f := range ordered {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(f.Data))))
		h.Write(f.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}
