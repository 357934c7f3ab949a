package httpx

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/scaler-dev/scaler/api/v1alpha1"
	"github.com/scaler-dev/scaler/internal/signals"
)

const (
	defaultSigningName = "aps"
	maxSignedBody      = 1 << 20
)

// withSigV4 makes a transport that signs each request with credentials of the
// SDK's default chain, or of a role assumed with them.
func withSigV4(next http.RoundTripper, auth *v1alpha1.SigV4Auth) (http.RoundTripper, error) {
	if auth.Region == "" {
		return nil, errors.New("auth.sigV4.region: required")
	}
	// Reads the environment and files; it calls nobody.
	conf, err := config.LoadDefaultConfig(context.Background(),
		config.WithRegion(auth.Region), config.WithRetryMaxAttempts(1), config.WithLogger(logging.Nop{}))
	if err != nil {
		return nil, fmt.Errorf("auth.sigV4: load the AWS configuration: %w", err)
	}
	s := &sigV4{credentials: conf.Credentials, signer: v4.NewSigner(), region: auth.Region, service: auth.Service}
	if s.service == "" {
		s.service = defaultSigningName
	}
	if auth.RoleARN != "" {
		s.credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(conf), auth.RoleARN))
	}
	return authorize(next, s.sign), nil
}

type sigV4 struct {
	credentials     aws.CredentialsProvider
	signer          *v4.Signer
	region, service string
}

func (s *sigV4) sign(req *http.Request) error {
	hash, err := hashBody(req)
	if err != nil {
		return err
	}
	credentials, err := s.credentials.Retrieve(req.Context())
	if err != nil {
		if req.Context().Err() != nil {
			return req.Context().Err()
		}
		return &signals.Error{Reason: signals.Auth, Detail: "no AWS credentials could be had"}
	}
	if err := s.signer.SignHTTP(req.Context(), credentials, req, hash, s.service, s.region, time.Now()); err != nil {
		return &signals.Error{Reason: signals.Auth, Detail: "the request could not be signed"}
	}
	return nil
}

// hashBody hashes a request's body and puts it back.
func hashBody(req *http.Request) (string, error) {
	var body []byte
	if req.Body != nil && req.Body != http.NoBody {
		var err error
		body, err = io.ReadAll(io.LimitReader(req.Body, maxSignedBody+1))
		req.Body.Close()
		if err != nil || len(body) > maxSignedBody {
			return "", &signals.Error{Reason: signals.Auth, Detail: "the request is too large to be signed"}
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}
