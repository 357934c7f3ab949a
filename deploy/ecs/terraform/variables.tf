variable "name" {
  description = "The name of the service, its roles and its log group."
  type        = string
  default     = "scaler"
}

variable "cluster" {
  description = "The ARN of the ECS cluster that Scaler runs in."
  type        = string
}

variable "subnets" {
  description = "Subnets with a way to the AWS APIs, by NAT or VPC endpoints."
  type        = list(string)
}

variable "security_groups" {
  description = "Security groups that let port 443 out. Nothing has to come in."
  type        = list(string)
}

variable "assign_public_ip" {
  description = "True only in public subnets without NAT."
  type        = bool
  default     = false
}

variable "image" {
  description = "Scaler's image; by digest in production."
  type        = string
  default     = "ghcr.io/scaler-dev/scaler:0.1.0"
}

variable "cpu_architecture" {
  description = "ARM64 or X86_64."
  type        = string
  default     = "ARM64"
  validation {
    condition     = contains(["ARM64", "X86_64"], var.cpu_architecture)
    error_message = "cpu_architecture is ARM64 or X86_64."
  }
}

variable "documents" {
  description = "SignalProviders and ScalingPolicies, as in file(\"scaler.yaml\"). Without secrets."
  type        = string
}

variable "namespace" {
  description = "The CloudWatch namespace that decisions are published in."
  type        = string
  default     = "Scaler"
}

variable "queues" {
  description = "ARNs of the queues that may be counted; empty: none."
  type        = list(string)
  default     = []
}

variable "services" {
  description = "ARNs of the services that may be looked at, as in arn:aws:ecs:eu-west-1:111122223333:service/prod/*."
  type        = list(string)
}

variable "floor" {
  description = "Whether Scaler may raise the minimum of scalable targets (publish.ecs.floor)."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "How long the log is kept."
  type        = number
  default     = 30
}
