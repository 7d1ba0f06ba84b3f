"""Inputs and a template with round numbers, so that their cost is easy to compute."""

from typing import Any

from tools.cost_inputs import Assumptions, Counts, Inputs, Prices

PER_MILLION = """
    api_request http_api_request lambda_request lambda_gb_second sns_publish sqs_request trace
    secret_call kms_request mongo_io
"""
ONE_BY_ONE = """
    log_ingestion log_storage custom_metric alarm_metric dashboard secret_month kms_key_month
    nat_hour nat_gb ipv4_hour endpoint_hour endpoint_gb transfer_out_gb mysql.tiny mysql.big
    mysql_gb_month mysql_proxy_vcpu_hour mongo.tiny mongo_gb_month redis.tiny
"""


def prices() -> Prices:
    """Return prices: a dollar for a million requests, and for one unit of everything else."""
    one = {"dollars": 1, "unit": "", "seen": "memory", "date": None, "page": "https://a.example"}
    return Prices.model_validate(
        {
            "region": "nowhere-1",
            "prices": dict.fromkeys(PER_MILLION.split(), one | {"per": 1_000_000})
            | dict.fromkeys(ONE_BY_ONE.split(), one),
            "mysql_vcpus": {"tiny": 1, "big": 4},
        }
    )


def work(**changed: int) -> dict[str, int]:
    """Return one invocation that logs two lines of 500 bytes and 500 bytes of metrics."""
    one = {"invocations": 1, "log_lines": 2, "log_bytes": 1000, "metric_bytes": 500}
    return one | changed


def counts() -> Counts:
    """Return an order that is placed, received from a queue, and read by its customer."""
    return Counts.model_validate(
        {
            "steps": {"order": {"place": work(), "take": work()}, "get_order": {"look": work()}},
            "events": {"order.placed": 1, "order.whispered": 1},
            "metrics": {"place": 2, "take": 1},
        }
    )


def assumptions(**changed: object) -> Assumptions:
    """Return four reads of an order, a second for each invocation, and zero for the rest."""
    values: dict[str, object] = {
        "orders_a_month": 1_000_000,
        "open_hours_a_day": 24,
        "times": {"get_order": 4},
        "billed_milliseconds": {"place": 1000, "take": 1000, "look": 1000},
        "cold_share": "0.1",
        "cold_milliseconds": 1000,
        "lambda_lines": ["x" * 60, "x" * 40],
        "access_log": {"$context.status": "200", "$context.path": "/" * 97},
        "stored_share": 0,
        "sampling": {"each_second": 0, "of_the_rest": "0.5"},
        "answer_bytes": 1000,
        "aws_bytes_through_nat": 3000,
        "stripe_bytes_through_nat": 2000,
        "pollers_a_queue": 5,
        "poll_seconds": 20,
        "data_key_seconds": 300,
        "scheduled_run": {"invocations": 2, "log_bytes": 800, "milliseconds": 500, "metrics": 3},
        "api_metrics_a_route": 5,
        "mongo_ios": 10,
        "mongo_bytes": 1000,
        "mysql_bytes": 1000,
        "pages": {"loads": 2, "files": 3, "bytes": 1000},
        "mongo_gigabytes": 7,
    }
    return Assumptions.model_validate(
        {name: {"value": value, "reason": ""} for name, value in (values | changed).items()}
    )


def inputs(**changed: object) -> Inputs:
    return Inputs(prices(), counts(), assumptions(**changed))


def _function(event: str, **properties: object) -> dict[str, Any]:
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Events": {"One": {"Type": event, "Properties": properties}}},
    }


IF_PRODUCTION = {"Fn::If": ["IsProduction", 2, 1]}
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Size": {"Default": "Small"}, "PrivateEndpoints": {"Default": "false"}},
    "Mappings": {"Sizes": {"Small": {"Class": "tiny"}, "Production": {"Class": "big"}}},
    "Conditions": {
        "IsProduction": {"Fn::Equals": [{"Ref": "Size"}, "Production"]},
        "CreateEndpoints": {"Fn::Equals": [{"Ref": "PrivateEndpoints"}, "true"]},
    },
    "Globals": {
        "Function": {"MemorySize": 1024, "Environment": {"Variables": {"A_SECRET": "a"}}},
    },
    "Resources": {
        "PlaceFunction": _function("Api"),
        "LookFunction": _function("Api"),
        "TakeFunction": _function("SQS"),
        "TickFunction": _function("Schedule", Schedule="rate(1 hour)"),
        "Api": {
            "Type": "AWS::Serverless::Api",
            "Properties": {
                "AccessLogSetting": {"Format": "$context.status$context.path"},
                "MethodSettings": [{"ResourcePath": "/*", "MetricsEnabled": True}],
            },
        },
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}},
        "Heard": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"FilterPolicy": {"event_type": ["order.placed"]}},
        },
        "Mysql": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {
                "DBInstanceClass": {"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, "Class"]},
                "AllocatedStorage": 20,
                "MultiAZ": {"Fn::If": ["IsProduction", True, False]},
            },
        },
        "Proxy": {"Type": "AWS::RDS::DBProxy"},
        "Mongo": {"Type": "AWS::DocDB::DBCluster"},
        "MongoA": {"Type": "AWS::DocDB::DBInstance", "Properties": {"DBInstanceClass": "tiny"}},
        "MongoB": {
            "Type": "AWS::DocDB::DBInstance",
            "Condition": "IsProduction",
            "Properties": {"DBInstanceClass": "tiny"},
        },
        "Redis": {
            "Type": "AWS::ElastiCache::ReplicationGroup",
            "Properties": {"CacheNodeType": "tiny", "NumCacheClusters": IF_PRODUCTION},
        },
        "Nat": {"Type": "AWS::EC2::NatGateway"},
        "Address": {"Type": "AWS::EC2::EIP"},
        "Endpoint": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Condition": "CreateEndpoints",
            "Properties": {"SubnetIds": ["a", "b"]},
        },
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Fault"}},
        "AlarmOfTwo": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Metrics": [{"Expression": "a / b"}, {"MetricStat": 1}, {"MetricStat": 2}]
            },
        },
        "Filter": {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {"MetricTransformations": [{"MetricName": "Fault"}]},
        },
        "Secret": {"Type": "AWS::SecretsManager::Secret"},
    },
}
