// Package config reads documents from files: strictly, with every fault of every
// file at once, and watches the files for changes.
//
// It keeps nothing: which documents are in force while a file is bad is its
// caller's business.
package config
