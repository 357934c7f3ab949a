output "task_role_arn" {
  description = "The role to let in where another account is read."
  value       = aws_iam_role.task.arn
}

output "log_group" {
  description = "Where the log is."
  value       = aws_cloudwatch_log_group.this.name
}
