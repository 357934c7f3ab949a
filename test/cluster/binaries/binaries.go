// Package binaries builds the programs of the test cluster from Go modules, once,
// and finds them again.
package binaries

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// CacheVariable names the environment variable that moves the cache of built programs.
const CacheVariable = "SCALER_CLUSTER_CACHE"

// ErrNotBuilt says that a program is not in the cache.
var ErrNotBuilt = errors.New("not built: run make cluster")

// modulesDir is the home of the build modules, from the root of the repository.
const modulesDir = "test/cluster/build"

// Module is a Go module whose programs are built together: the Kubernetes
// libraries of each differ.
type Module struct {
	// Name is its directory.
	Name string
	// Programs has the package of each program, by the program's name.
	Programs map[string]string
	// Path is the module that Files are taken from.
	Path string
	// Files are globs of YAML documents kept beside the programs.
	Files []string
}

// Modules returns what the cluster consists of.
func Modules() []Module {
	return []Module{
		{Name: "etcd", Programs: map[string]string{"etcd": "go.etcd.io/etcd/server/v3"}},
		{Name: "kubernetes", Programs: map[string]string{
			"kube-apiserver":          "k8s.io/kubernetes/cmd/kube-apiserver",
			"kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
			"kube-scheduler":          "k8s.io/kubernetes/cmd/kube-scheduler",
		}},
		{
			Name: "kwok", Programs: map[string]string{"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
			Path: "sigs.k8s.io/kwok",
			Files: []string{
				"kustomize/stage/node/fast/node-*.yaml",
				"kustomize/stage/node/heartbeat-with-lease/node-*.yaml",
				"kustomize/stage/pod/fast/pod-*.yaml",
			},
		},
		{
			Name: "karpenter", Programs: map[string]string{"karpenter": "sigs.k8s.io/karpenter/kwok"},
			Path:  "sigs.k8s.io/karpenter",
			Files: []string{"pkg/apis/crds/*.yaml", "kwok/apis/crds/*.yaml"},
		},
	}
}

// Program returns the path of a built program. It is looked up from the working
// directory, which must be in the repository.
func Program(name string) (string, error) {
	for _, m := range Modules() {
		if _, ok := m.Programs[name]; !ok {
			continue
		}
		dir, err := m.find()
		if err != nil {
			return "", fmt.Errorf("find %s: %w", name, err)
		}
		return filepath.Join(dir, name), nil
	}
	return "", fmt.Errorf("find %s: no such program", name)
}

// Files returns the paths of the YAML documents that a module keeps beside its programs.
func Files(module string) ([]string, error) {
	for _, m := range Modules() {
		if m.Name != module {
			continue
		}
		dir, err := m.find()
		if err != nil {
			return nil, fmt.Errorf("find the files of %s: %w", module, err)
		}
		return filepath.Glob(filepath.Join(dir, "*.yaml"))
	}
	return nil, fmt.Errorf("find the files of %s: no such module", module)
}

// find returns the directory of a module that is built.
func (m Module) find() (string, error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	dir, err := m.cache(root)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err != nil {
		return "", ErrNotBuilt
	}
	return dir, nil
}

// cache names the directory of what is built: another when a pin changes, or how
// it is built. It is there only when complete.
func (m Module) cache(root string) (string, error) {
	hash := sha256.New()
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(root, modulesDir, m.Name, name))
		if err != nil {
			return "", fmt.Errorf("read the pins of %s: %w", m.Name, err)
		}
		hash.Write(content)
	}
	fmt.Fprintln(hash, buildArguments(), m)
	base, err := cacheBase()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, m.Name+"-"+hex.EncodeToString(hash.Sum(nil))[:12]), nil
}

func cacheBase() (string, error) {
	if dir := os.Getenv(CacheVariable); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a cache directory: %w", err)
	}
	return filepath.Join(dir, "scaler", "cluster"), nil
}

// repository walks up to the root of the repository.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for {
		_, err := os.Stat(filepath.Join(dir, modulesDir, "kubernetes", "go.mod"))
		if err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("find the repository: %w in any directory above", fs.ErrNotExist)
		}
		dir = parent
	}
}
