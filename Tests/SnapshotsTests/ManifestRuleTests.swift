import Autoscalers
import Foundation
import Snapshots
import Testing

/// What an API server, or KEDA's webhook, would refuse is refused.
@Suite("Rules of manifests")
struct ManifestRuleTests {
    private static func refusal(_ manifest: String) -> String {
        do throws(SnapshotError) {
            _ = try Manifest.all(in: manifest, file: "m.yaml")
            return "read"
        } catch { return "\(error)" }
    }

    private static func horizontal(_ fields: String) -> String {
        refusal(
            """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: { name: a, lables: {} }
            spec: { scaleTargetRef: { kind: Deployment, name: a }, \(fields) }
            status: { curentReplicas: 1 }
            """)
    }

    private static func metric(_ metric: String) -> String {
        horizontal("maxReplicas: 5, metrics: [{ \(metric) }]")
    }

    private static func scaledObject(
        _ fields: String, triggers: String = "{ type: kafka, name: a }"
    ) -> String {
        refusal(
            """
            apiVersion: keda.sh/v1alpha1
            kind: ScaledObject
            spec: { scaleTargetRef: { name: a }, triggers: [\(triggers)], \(fields) }
            """)
    }

    private static func expect(_ refusal: String, _ path: String, _ words: [String]) {
        #expect(refusal.contains("error: spec\(path): "), "\(refusal)")
        for word in words { #expect(refusal.contains(word), "\(refusal)") }
        #expect(refusal.hasPrefix("m.yaml:") && refusal.contains("\n  fix: "))
    }

    @Test(
        "A HorizontalPodAutoscaler's numbers have bounds",
        arguments: [
            ("maxReplicas: 0", ".maxReplicas", "less than 1"),
            ("maxReplicas: 3, minReplicas: 4", ".maxReplicas", "less than `minReplicas`"),
            ("maxReplicas: 3, minReplicas: 0", ".minReplicas", "Object or External"),
            (
                "maxReplicas: 3, behavior: { scaleUp: { stabilizationWindowSeconds: 3601 } }",
                ".behavior.scaleUp.stabilizationWindowSeconds", "more than 3600"
            ),
            (
                "maxReplicas: 3, behavior: { scaleDown: { policies: [] } }",
                ".behavior.scaleDown.policies", "empty"
            ),
            (
                "maxReplicas: 3, behavior: { scaleDown: { policies: [{ type: Pods, value: 0, periodSeconds: 5 }] } }",
                ".behavior.scaleDown.policies[0].value", "less than 1"
            ),
            (
                "maxReplicas: 3, behavior: { scaleDown: { policies: [{ type: Pods, value: 1, periodSeconds: 1801 }] } }",
                ".behavior.scaleDown.policies[0].periodSeconds", "more than 1800"
            ),
            (
                "maxReplicas: 3, behavior: { scaleDown: { selectPolicy: Maxx } }",
                ".behavior.scaleDown.selectPolicy", "write Max, or one of"
            ),
        ])
    func numbers(fields: String, path: String, words: String) {
        Self.expect(Self.horizontal(fields), path, [words])
    }

    @Test(
        "A metric has the source of its type and one target above zero",
        arguments: [
            ("type: Resorce, resource: {}", ".type", "write Resource"),
            ("type: Pods, resource: {}", ".resource", "does not belong"),
            (
                "type: Resource, resource: { name: cpu, target: { type: Utilization } }",
                ".resource.target", "has no `averageUtilization` or `averageValue`"
            ),
            (
                "type: Resource, resource: { name: cpu, target: { averageUtilization: 5 } }",
                ".resource.target.type", "is missing"
            ),
            (
                "type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: -5 } }",
                ".resource.target.averageUtilization", "less than 1"
            ),
            (
                "type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 5, averageValue: 1 } }",
                ".resource.target", "has both"
            ),
            (
                "type: Pods, pods: { metric: { name: q }, target: { type: AverageValue, averageValue: 0 } }",
                ".pods.target.averageValue", "not above zero"
            ),
            (
                "type: External, external: { metric: { name: q }, target: { type: Value, value: 1, averageValue: 1 } }",
                ".external.target", "has both"
            ),
            (
                "type: Object, object: { metric: { name: q }, describedObject: { kind: Service }, target: { type: Value, value: 1 } }",
                ".object.describedObject.name", "is missing"
            ),
        ])
    func metrics(fields: String, path: String, words: String) {
        Self.expect(Self.metric(fields), ".metrics[0]" + path, [words])
    }

    @Test(
        "A misspelt field is an error with the right one",
        arguments: [
            ("maxReplicas: 3, minReplica: 1", ".minReplica", "write `minReplicas`"),
            ("maxReplicas: 3, behaviour: {}", ".behaviour", "write `behavior`"),
            ("maxReplicas: 3, behavior: { scaleDwn: {} }", ".behavior.scaleDwn", "`scaleDown`"),
            ("maxReplicas: 3, color: red", ".color", "the fields are scaleTargetRef"),
            (
                "maxReplicas: 3, metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilisation: 5 } } }]",
                ".metrics[0].resource.target.averageUtilisation", "`averageUtilization`"
            ),
        ])
    func typos(fields: String, path: String, words: String) {
        Self.expect(Self.horizontal(fields), path, ["no field", words])
    }

    @Test("Metadata and status are free, and so is the metadata of a trigger")
    func free() {
        #expect(Self.horizontal("maxReplicas: 3") == "read")
        let trigger = "{ type: kafka, metadata: { lagTreshold: \"5\" } }"
        #expect(Self.scaledObject("maxReplicaCount: 3", triggers: trigger) == "read")
    }

    @Test(
        "A ScaledObject's sizes, fallback and triggers",
        arguments: [
            (
                "minReplicaCount: 5, maxReplicaCount: 4", ".minReplicaCount",
                "more than `maxReplicaCount`"
            ),
            ("minReplicaCount: 101", ".minReplicaCount", "which is 100"),
            ("minReplicaCount: 2, idleReplicaCount: 2", ".idleReplicaCount", "not less than"),
            ("idleReplicaCount: 0", ".idleReplicaCount", "not less than"),
            ("maxReplicaCount: 0", ".maxReplicaCount", "less than 1"),
            ("pollingInterval: 0", ".pollingInterval", "less than 1"),
            ("fallback: { replicas: 2 }", ".fallback.failureThreshold", "is missing"),
            (
                "fallback: { failureThreshold: -1, replicas: 2 }", ".fallback.failureThreshold",
                "less than 0"
            ),
            (
                "fallback: { failureThreshold: 1, replicas: 2, behavior: scalingModifiers }",
                ".fallback.behavior", "there is none"
            ),
            ("colldownPeriod: 5", ".colldownPeriod", "write `cooldownPeriod`"),
            (
                "advanced: { horizontalPodAutoscalerConfig: { behavor: {} } }",
                ".advanced.horizontalPodAutoscalerConfig.behavor", "`behavior`"
            ),
        ])
    func scaledObjects(fields: String, path: String, words: String) {
        Self.expect(Self.scaledObject(fields), path, [words])
    }

    @Test("Names of triggers are unique, and kinds of metrics fit their type")
    func triggers() {
        func refusal(_ triggers: String) -> String {
            Self.scaledObject("maxReplicaCount: 2", triggers: triggers)
        }
        Self.expect(refusal(""), ".triggers", ["empty"])
        Self.expect(
            refusal("{ type: kafka, name: a }, { type: cron, name: a }"), ".triggers[1].name",
            ["another trigger"])
        Self.expect(
            refusal("{ type: cron, useCachedMetrics: true }"), ".triggers[0].useCachedMetrics",
            ["no cached metrics"])
        Self.expect(
            refusal("{ type: kafka, metricType: Utilization }"), ".triggers[0].metricType",
            ["AverageValue or Value"])
        Self.expect(
            refusal("{ type: kafka, authenticatonRef: {} }"), ".triggers[0].authenticatonRef",
            ["`authenticationRef`"])
        // Written as 0, the least size counts as 1 beside the idle size.
        #expect(Self.scaledObject("minReplicaCount: 0, idleReplicaCount: 0") == "read")
    }

    @Test(
        "A formula is checked with its place",
        arguments: [
            ("formula: a + 1, target: \"2\"", "read", ""),
            (
                "formula: a + c, target: \"2\"", ".formula",
                "character 5: no trigger has the name `c`"
            ),
            ("formula: a > 1, target: \"2\"", ".formula", "not to a number"),
            ("formula: a", ".target", "is missing"), ("target: \"2\"", ".formula", "is missing"),
            ("formula: a, target: \"0\"", ".target", "above zero"),
            ("formula: a, target: many", ".target", "no number"),
            (
                "formula: a, target: \"2\", metricType: Utilization", ".metricType",
                "not for formulas"
            ),
            ("formula: a, target: \"2\", activationTarget: x", ".activationTarget", "no number"),
            ("formula: a, traget: \"2\"", ".traget", "`target`"),
        ])
    func formulas(fields: String, path: String, words: String) {
        let found = Self.scaledObject("advanced: { scalingModifiers: { \(fields) } }")
        if path == "read" {
            #expect(found == "read")
        } else {
            Self.expect(found, ".advanced.scalingModifiers" + path, [words])
        }
    }

    @Test("Triggers for cpu and memory cannot be used in a formula")
    func resources() {
        let found = Self.scaledObject(
            "advanced: { scalingModifiers: { formula: a + busy, target: \"2\" } }",
            triggers: "{ type: kafka, name: a }, { type: cpu, name: busy }")
        #expect(found.contains("no trigger has the name `busy`"), "\(found)")
    }

    @Test(
        "A ScaledJob",
        arguments: [
            ("maxReplicaCount: 0", ".maxReplicaCount", "less than 1"),
            (
                "scalingStrategy: { strategy: acurate }", ".scalingStrategy.strategy",
                "write accurate"
            ),
            (
                "scalingStrategy: { multipleScalersCalculation: total }",
                ".scalingStrategy.multipleScalersCalculation", "one of max"
            ),
            ("cooldownPeriod: 5", ".cooldownPeriod", "no field"),
            ("successfulJobsHistoryLimit: -1", ".successfulJobsHistoryLimit", "less than 0"),
        ])
    func jobs(fields: String, path: String, words: String) {
        let found = Self.refusal(
            """
            apiVersion: keda.sh/v1alpha1
            kind: ScaledJob
            spec: { triggers: [{ type: kafka }], \(fields) }
            """)
        Self.expect(found, path, [words])
    }

    private func answer(_ text: String, _ evaluation: Evaluation) -> String {
        do throws(SnapshotError) {
            return try evaluation.answers(to: Data(text.utf8))
        } catch { return "\(error)" }
    }

    @Test("Specs in snapshots are checked, and may have keys of their own")
    func snapshots() {
        func horizontal(_ hpa: String, _ more: String = "") -> String {
            answer("{\"hpa\": {\(hpa)}, \"current\": {\"specReplicas\": 2}\(more)}", .horizontal)
        }
        #expect(horizontal("\"maxReplicas\": 0").contains("hpa.maxReplicas: the number 0 is less"))
        #expect(horizontal("\"maxReplicas\": 2, \"minReplicas\": 3").contains("hpa.maxReplicas:"))
        let zero = "\"maxReplicas\": 2, \"minReplicas\": 0"
        #expect(horizontal(zero).contains("HPAScaleToZero"))
        let open = ", \"controller\": {\"featureGates\": {\"HPAScaleToZero\": true}}"
        #expect(horizontal(zero, open).contains("Object or External"))
        #expect(horizontal("\"maxReplicas\": 2, \"minReplica\": 1").contains("write `minReplicas`"))
        #expect(horizontal("\"maxReplicas\": 2, \"owner\": 1").contains("\"desiredReplicas\""))
    }

    @Test("A poll with a formula says what it came to")
    func poll() {
        let text = """
            {"kind": "poll", "scaledObject": {"spec": {"advanced": {"scalingModifiers":
            {"formula": "a > 2 ? a + b : 1", "target": "2", "activationTarget": "6"}}}},
            "current": {"replicas": 0}, "triggers": [{"name": "a", "value": "3"},
            {"name": "b", "value": "4", ERROR}]}
            """
        let active = answer(text.replacing(", ERROR", with: ""), .keda)
        #expect(active.contains("\"compositeMetric\" : \"7\""), "\(active)")
        #expect(active.contains("\"replicas\" : 1"))
        let failed = answer(text.replacing("ERROR", with: "\"error\": true"), .keda)
        #expect(failed.contains("\"compositeMetric\" : null"))
        #expect(failed.contains("\"active\" : false"))
        let unknown = text.replacing(", ERROR", with: "").replacing("a + b", with: "a + d")
        #expect(answer(unknown, .keda).contains("character 13: no trigger has the name `d`"))
    }
}
