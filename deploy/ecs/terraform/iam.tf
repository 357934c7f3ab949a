data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  region    = data.aws_region.this.name

  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TasksOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })

  # Signals of kind sqs. The name is resolved once; no message is read.
  queue_statements = length(var.queues) == 0 ? [] : [{
    Sid      = "CountMessagesOfQueues"
    Effect   = "Allow"
    Action   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    Resource = var.queues
  }]
}

# Of ECS itself: it pulls the image and writes the log. Scaler cannot use it.
resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "execution" {
  name = "execution"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteTheLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
      # For an image in ECR; one of a public registry needs neither statement.
      {
        Sid      = "SignInToAPrivateRegistry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Sid      = "PullFromAPrivateRegistry"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = "arn:${local.partition}:ecr:${local.region}:${local.account}:repository/*"
      },
    ]
  })
}

# Of Scaler. What it may do is in the policies below, one for each part.
resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "reader" {
  name = "reader"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.queue_statements, [
      # Signals of kind cloudWatch and alb. The action knows no resources.
      {
        Sid      = "ReadMetricsAndLoadBalancers"
        Effect   = "Allow"
        Action   = "cloudwatch:GetMetricData"
        Resource = "*"
      },
      # workload.ecs: ordered and running tasks, deployments.
      {
        Sid      = "CountTasksOfServices"
        Effect   = "Allow"
        Action   = "ecs:DescribeServices"
        Resource = var.services
      },
    ])
  })
}

resource "aws_iam_role_policy" "publisher" {
  name = "publisher"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # publish.cloudWatch. The action knows no resources; the condition keeps it from
      # every namespace but this one.
      {
        Sid       = "PublishDecisionsInOneNamespace"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*"
        Condition = { StringEquals = { "cloudwatch:namespace" = var.namespace } }
      },
    ]
  })
}

resource "aws_iam_role_policy" "floor" {
  count = var.floor ? 1 : 0
  name  = "floor"
  role  = aws_iam_role.task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # Base and bounds, and what somebody else scheduled. These know no resources.
      {
        Sid      = "SeeTheTargetAndItsSchedules"
        Effect   = "Allow"
        Action   = ["application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScheduledActions"]
        Resource = "*"
      },
      # The floor itself, and the scheduled action that lifts it should Scaler die.
      {
        Sid    = "RaiseTheMinimumAndLetItFall"
        Effect = "Allow"
        Action = [
          "application-autoscaling:RegisterScalableTarget",
          "application-autoscaling:PutScheduledAction",
          "application-autoscaling:DeleteScheduledAction",
        ]
        Resource = "arn:${local.partition}:application-autoscaling:${local.region}:${local.account}:scalable-target/*"
        Condition = {
          StringEquals = {
            "application-autoscaling:service-namespace"  = "ecs"
            "application-autoscaling:scalable-dimension" = "ecs:service:DesiredCount"
          }
        }
      },
    ]
  })
}
