import Autoscalers
import Snapshots
import Testing

@Suite("Kubernetes manifests")
struct ManifestTests {
    private func all(_ text: String) throws(SnapshotError) -> [Manifest] {
        try Manifest.all(in: text, file: "a.yaml")
    }

    private func refusal(_ text: String) -> String {
        do throws(SnapshotError) { return "read: \(try all(text))" } catch { return "\(error)" }
    }

    @Test("Files of other projects are read")
    func samples() throws {
        func sample(_ name: String) throws -> [Manifest] {
            try Manifest.all(in: Fixture.text("manifests/\(name).yaml"), file: name)
        }
        let cpu = { (percent: Int) in
            HorizontalMetric.resource(
                ResourceMetric(name: "cpu", target: .utilization(percent)))
        }
        #expect(
            try sample("kubernetes-website-php-apache-hpa") == [
                .horizontal(
                    name: "php-apache", target: "php-apache",
                    HorizontalSpec(maxReplicas: 10, metrics: [cpu(50)]))
            ])
        let rules = ScalingRules(
            stabilizationSeconds: 0, policies: [ScalingRate(.percent, 100, periodSeconds: 1)])
        #expect(
            try sample("kwok-example-hpa") == [
                .horizontal(
                    name: "pod-auto-scaler", target: "fake-app",
                    HorizontalSpec(
                        maxReplicas: 2, metrics: [cpu(70)],
                        behavior: HorizontalBehavior(scaleUp: rules, scaleDown: rules)))
            ])
        #expect(
            try sample("mubench-hpa-template") == [
                .horizontal(
                    name: "", target: "", HorizontalSpec(maxReplicas: 10, metrics: [cpu(60)]))
            ])
        let trigger = { (type: String, metadata: [String: String], kind: MetricTarget.Kind?) in
            KedaTrigger(type: type, metadata: metadata, metricType: kind)
        }
        #expect(
            try sample("keda-docs-cpu-scaledobject") == [
                .scaledObject(
                    name: "cpu-scaledobject", target: "my-deployment",
                    ScaledObject(triggers: [trigger("cpu", ["value": "50"], .utilization)]))
            ])
        #expect(
            try sample("keda-sample-scaledobject") == [
                .scaledObject(
                    name: "example-scaledobject", target: "example-deployment",
                    ScaledObject(
                        triggers: [
                            trigger("example-trigger", ["property": "example-property"], nil)
                        ]))
            ])
        // The secret and the authentication before it are left out.
        guard
            case .scaledObject(_, "rabbitmq-deployment", let queue)? =
                try sample("keda-docs-rabbitmq-queue-scaledobject").first,
            case .scaledObject(_, _, let prometheus)? =
                try sample("keda-docs-prometheus-scaledobject").first
        else {
            Issue.record("no ScaledObject")
            return
        }
        #expect(queue.triggers[0].quantity("value") == Quantity(20))
        #expect(prometheus.triggers[0].quantity("threshold") == Quantity(100))
        #expect(prometheus.triggers[0].quantity("query") == nil)
    }

    @Test("Documents, lists and the older API are read; other kinds and versions of them are not")
    func kinds() throws {
        let text = """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: autoscaling/v1
              kind: HorizontalPodAutoscaler
              metadata: { name: old }
              spec:
                scaleTargetRef: { kind: Deployment, name: web }
                maxReplicas: 4
                targetCPUUtilizationPercentage: 65
            - { apiVersion: v1, kind: Service, metadata: { name: web } }
            ---
            ---
            apiVersion: keda.sh/v1alpha1
            kind: ScaledJob
            metadata: { name: work }
            spec:
              maxReplicaCount: 7
              scalingStrategy: { strategy: accurate, multipleScalersCalculation: sum }
              triggers: [{ type: kafka, metadata: { lagThreshold: "5" } }]
            """
        let job = ScaledJob(
            maxReplicaCount: 7, strategy: .accurate, combination: .sum,
            triggers: [KedaTrigger(type: "kafka", metadata: ["lagThreshold": "5"])])
        #expect(
            try all(text) == [
                .horizontal(
                    name: "old", target: "web",
                    HorizontalSpec(
                        maxReplicas: 4,
                        metrics: [
                            .resource(ResourceMetric(name: "cpu", target: .utilization(65)))
                        ])), .scaledJob(name: "work", job),
            ])
        #expect(try all("").isEmpty)
        #expect(try all("just text").isEmpty)
        #expect(try all("[1, 2]").isEmpty)
    }

    @Test("Errors name file, line and field")
    func errors() {
        let head = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n"
        #expect(
            refusal(head + "spec:\n  scaleTargetRef: {}\n  maxReplicas: many\n").hasPrefix(
                "a.yaml:5: error: spec.maxReplicas: expected a whole number, found \"many\""))
        #expect(refusal(head).hasPrefix("a.yaml:1: error: spec: is missing"))
        #expect(
            refusal(head.replacing("v2", with: "v2beta2")).hasPrefix(
                "a.yaml:1: error: apiVersion: \"autoscaling/v2beta2\" is no longer served"))
        #expect(refusal("a: [1\nb: 2\n").hasPrefix("a.yaml:2: error: malformed YAML"))
        #expect(refusal("a: 1\na: 2\n").contains("keys appear twice"))
        #expect(refusal("a: *b\n").contains("a.yaml"))
    }

    @Test("Aliases that stand for gigabytes, and deep nesting, are refused")
    func hostility() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(refusal(text).contains("too many values"))
        #expect(refusal(String(repeating: "[", count: 50_000)).contains("error:"))
        #expect(refusal(String(repeating: "- ", count: 50_000) + "a").contains("error:"))
        #expect(
            refusal(String(repeating: "[", count: 900) + String(repeating: "]", count: 900))
                .contains("too deep"))
    }

    @Test("Whatever is cut off or changed in a manifest is read or refused, never more")
    func mutations() throws {
        let names = ["kwok-example-hpa", "keda-docs-rabbitmq-queue-scaledobject"]
        for name in names {
            let bytes = Array(try Fixture.text("manifests/\(name).yaml").utf8)
            for place in bytes.indices {
                _ = try? all(String(decoding: bytes[..<place], as: UTF8.self))
                var changed = bytes
                changed[place] = UInt8(ascii: ["&", "*", "{", "-", "9", ":"][place % 6])
                _ = try? all(String(decoding: changed, as: UTF8.self))
            }
        }
    }
}
