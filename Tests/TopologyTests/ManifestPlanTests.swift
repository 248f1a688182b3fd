import Autoscalers
import ControlPlane
import Foundation
import Kernel
import Model
import Testing
import Topology

/// Topologies whose services are scaled by the manifests of a cluster.
@Suite("Manifests in topologies")
struct ManifestPlanTests {
    /// A worker behind a queue, scaled by the manifest.
    private static func text(_ top: String = "", service: String = "manifest: m.yaml") -> String {
        """
        services:
          web:
            steps: [{ compute: 1 ms }, { call: worker }]
          worker:
            scaling: { \(service) }
            replicas: 2
            steps: [{ compute: 10 ms }]
        arrivals:
          users: { to: web, rate: 10 req/s }
        \(top)
        """
    }

    private static func parse(
        _ manifest: String, _ top: String = "", service: String = "manifest: m.yaml"
    ) throws -> TopologyFile {
        try Repository.withTemporaryDirectory { directory in
            try manifest.write(toFile: directory + "/m.yaml", atomically: true, encoding: .utf8)
            return try TopologyFile.parse(
                text: text(top, service: service), name: "t.yaml", baseDirectory: directory)
        }
    }

    private static func service(
        _ manifest: String, _ top: String = "", service: String = "manifest: m.yaml"
    ) throws -> (scaled: ScaledService, autoscaler: ServiceAutoscaler) {
        let plan = try #require(try parse(manifest, top, service: service).scaling)
        return (plan.services[1], try #require(plan.services[1].autoscaler))
    }

    /// The only error with this manifest.
    private static func refusal(_ manifest: String, _ top: String = "") throws -> TopologyDiagnostic
    {
        try Repository.withTemporaryDirectory { directory in
            try manifest.write(toFile: directory + "/m.yaml", atomically: true, encoding: .utf8)
            let found = errors(text(top), baseDirectory: directory)
            #expect(found.count == 1, "\(found)")
            return try #require(found.first)
        }
    }

    @Test(
        "A resource metric that could never scale is an error",
        arguments: [
            (
                "resource: { name: gpu, target: { type: Utilization, averageUtilization: 50 } }",
                "gpu"
            ),
            ("resource: { name: cpu, target: { type: Utilization } }", "averageUtilization"),
            (
                "resource: { name: cpu, target: { type: Utilization, averageUtilization: 0 } }",
                "averageUtilization"
            ),
            ("resource: { name: memory, target: { type: AverageValue } }", "averageValue"),
        ])
    func uselessResources(metric: String, word: String) throws {
        let manifest = """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: { name: worker-hpa }
            spec:
              scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: worker }
              maxReplicas: 10
              metrics: [{ type: Resource, \(metric) }]
            """
        let refusal = try Self.refusal(manifest)
        #expect(refusal.message.contains(word), "\(refusal)")
        #expect(!refusal.remedy.isEmpty && refusal.line > 0)
    }

    private static let horizontal = """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: worker-hpa }
        spec:
          scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: worker }
          minReplicas: 2
          maxReplicas: 9
          metrics:
            - type: Resource
              resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } }
            - type: Pods
              pods:
                metric: { name: http_requests }
                target: { type: AverageValue, averageValue: "50" }
            - type: External
              external:
                metric: { name: backlog }
                target: { type: Value, value: "30" }
          behavior:
            scaleDown:
              stabilizationWindowSeconds: 60
              policies: [{ type: Pods, value: 1, periodSeconds: 30 }]

        """

    @Test(
        "A HorizontalPodAutoscaler with behavior is the service's own; its bounds are the service's"
    )
    func horizontalAutoscaler() throws {
        let (scaled, own) = try Self.service(
            Self.horizontal, "scaling: { signals: { backlog: web.queue } }",
            service: "manifest: m.yaml, min: 1")
        #expect(scaled.bounds == ReplicaBounds(least: 1, most: 9))
        #expect(own.horizontal.minReplicas == 2 && own.horizontal.maxReplicas == 9)
        #expect(
            own.horizontal.metrics == [
                .resource(ResourceMetric(name: "cpu", target: .utilization(60))),
                .pods(
                    PodsMetric(
                        metric: MetricIdentifier(name: "http_requests"),
                        target: .averageValue(Quantity(50)))),
                .external(
                    ExternalMetric(
                        metric: MetricIdentifier(name: "backlog"), target: .value(Quantity(30)))),
            ])
        #expect(own.horizontal.behavior?.scaleDown.stabilizationSeconds == 60)
        #expect(
            own.horizontal.behavior?.scaleDown.policies == [
                ScalingRate(.pods, 1, periodSeconds: 30)
            ])
        #expect(
            own.signals == [
                "backlog": Signal(.queue, of: 0), "http_requests": Signal(.requests, of: 1),
            ])
        #expect(scaled.initialReplicas == 2)
    }

    @Test("A metric that nothing is known of is an error that says what to add")
    func unknownMetric() throws {
        let error = try Self.refusal(
            Self.horizontal.replacing("name: worker-hpa", with: "name: x"))
        #expect(error.path == "services.worker.scaling" && error.line == 5)
        #expect(error.message.contains("`backlog`"))
        #expect(error.remedy.contains("scaling: { signals: { \"backlog\": requests } }"))
        #expect(error.remedy.contains("latency_p99"))
    }

    @Test("A Pods metric can only stand for what is measured of each pod of the service")
    func podsMetrics() throws {
        let own = try Self.service(
            Self.horizontal,
            "scaling: { signals: { backlog: queue, http_requests: concurrency } }"
        ).autoscaler
        #expect(own.signals["http_requests"] == Signal(.concurrency, of: 1))
        for signal in ["latency", "web.requests"] {
            let error = try Self.refusal(
                Self.horizontal,
                "scaling: { signals: { backlog: queue, http_requests: \(signal) } }")
            #expect(error.message.contains("pods do not have the metric `http_requests`"))
            #expect(error.remedy.contains("Object metric"))
        }
    }

    private static func scaledObject(_ triggers: String) -> String {
        """
        apiVersion: keda.sh/v1alpha1
        kind: ScaledObject
        metadata: { name: worker }
        spec:
          scaleTargetRef: { name: worker }
          minReplicaCount: 0
          maxReplicaCount: 30
          pollingInterval: 5
          cooldownPeriod: 60
          triggers:
        \(triggers)

        """
    }

    private static let triggers = """
            - type: kafka
              metadata: { topic: worker, lagThreshold: "20", activationLagThreshold: "3" }
            - type: prometheus
              name: rate
              metadata:
                query: sum(rate(http_requests_total{service="web"}[1m]))
                threshold: "100"
            - type: cron
              metadata: { timezone: UTC, start: 0 8 * * *, end: 0 18 * * *, desiredReplicas: "4" }
            - type: cpu
              metricType: Utilization
              metadata: { value: "70" }
        """

    @Test("A ScaledObject's triggers look at queues, queries, the clock and the CPU")
    func scaledObject() throws {
        let (scaled, own) = try Self.service(
            Self.scaledObject(Self.triggers), "scaling: { policy: keda, startsAt: Tue 07:30 }")
        #expect(scaled.bounds == ReplicaBounds(least: 0, most: 30))
        guard case .object(let object) = own.eventDriven.target else {
            Issue.record("no ScaledObject")
            return
        }
        #expect(object.pollingInterval == 5 && object.cooldownPeriod == 60)
        let triggers = own.eventDriven.triggers
        try #require(triggers.count == 4)
        #expect(triggers[0].source == .signal(Signal(.queue, of: 1)))
        #expect(triggers[0].target == .averageValue(Quantity(20)))
        #expect(triggers[0].activationThreshold == Quantity(3))
        #expect(triggers[1].name == "rate")
        #expect(triggers[1].source == .signal(Signal(.requests, of: 0)))
        #expect(triggers[1].target == .averageValue(Quantity(100)))
        guard case .cron(let cron) = triggers[2].source else {
            Issue.record("no cron trigger")
            return
        }
        // The run begins at half past seven: the interval half an hour later.
        #expect(cron.reading(at: .start + .seconds(1_700)).value == .zero)
        #expect(cron.reading(at: .start + .seconds(1_900)).value == Quantity(4))
        #expect(
            triggers[3].source
                == .resource(.resource(ResourceMetric(name: "cpu", target: .utilization(70)))))
    }

    @Test("A cron trigger's number is for each replica, or with Value for all of them")
    func cronTargets() throws {
        for (line, target) in [
            ("", MetricTarget.averageValue(Quantity(1))),
            ("metricType: Value", .value(Quantity(1))),
        ] {
            let (_, own) = try Self.service(
                Self.scaledObject(
                    """
                        - type: cron
                          metadata: { timezone: UTC, start: 0 8 * * *, end: 0 18 * * *, desiredReplicas: "4" }
                          \(line)
                    """), "scaling: { policy: keda, startsAt: Tue 07:30 }")
            #expect(own.eventDriven.triggers.map(\.target) == [target])
        }
    }

    @Test("A formula over named triggers is the service's")
    func formula() throws {
        let triggers = """
                - type: kafka
                  name: lag
                  useCachedMetrics: true
                  metadata: { topic: worker, lagThreshold: "20" }
                - type: prometheus
                  name: rate
                  metadata: { query: 'http_requests_total{service="web"}', threshold: "100" }
              advanced:
                scalingModifiers: { formula: "max(lag / 10, rate)", target: "2.5", activationTarget: "1" }
            """
        let own = try Self.service(Self.scaledObject(triggers)).autoscaler
        guard case .object(let object) = own.eventDriven.target else {
            Issue.record("no ScaledObject")
            return
        }
        let modifiers = try #require(object.modifiers)
        #expect(modifiers.target == 2.5 && modifiers.activationTarget == 1)
        #expect(!modifiers.hasWholeTarget && !modifiers.isForAll)
        #expect(own.eventDriven.triggers.map(\.usesCachedMetrics) == [true, false])
        let wrong = try Self.refusal(
            Self.scaledObject(triggers.replacing("rate)", with: "rat)")))
        #expect(wrong.message.contains("spec.advanced.scalingModifiers.formula"), "\(wrong)")
        #expect(wrong.message.contains("write `rate`") || wrong.remedy.contains("rate"))
    }

    private static func cron(_ zone: String) -> String {
        scaledObject(
            "    - type: cron\n      metadata: { timezone: \(zone), start: 0 8 * * *, "
                + "end: 0 18 * * *, desiredReplicas: \"4\" }")
    }

    @Test(
        "A cron trigger follows its zone's summer time",
        arguments: [
            ("2026-03-28 00:00", 7.0), ("2026-03-29 00:00", 6), ("2026-10-24T00:00Z", 6),
            ("2026-10-25 00:00", 7),
        ])
    func summerTime(start: String, hour: Double) throws {
        let own = try Self.service(
            Self.cron("Europe/Berlin"), "scaling: { startsAt: \"\(start)\" }"
        ).autoscaler
        guard case .cron(let cron)? = own.eventDriven.triggers.first?.source else {
            Issue.record("no cron trigger")
            return
        }
        let instant = SimulatedInstant.start + SimulatedDuration(seconds: hour * 3600)
        #expect(!cron.reading(at: instant - .seconds(1)).isActive)
        #expect(cron.reading(at: instant).isActive)
    }

    @Test("A zone that there is not is an error with the nearest")
    func unknownZone() throws {
        let wrong = try Self.refusal(Self.cron("Europe/Berlim"))
        #expect(wrong.message.contains("`timezone`") && wrong.remedy == "write `Europe/Berlin`")
        #expect(try Self.refusal(Self.cron("CEST")).message.contains("no time zone"))
    }

    @Test("A least size of zero needs something that can wake the service up")
    func zero() throws {
        let cpu = try Self.refusal(
            Self.scaledObject(
                "    - { type: cpu, metricType: Utilization, metadata: { value: \"50\" } }"))
        #expect(cpu.message.contains("`minReplicaCount` is 0"))
        let manifest = Self.horizontal.replacing("minReplicas: 2", with: "minReplicas: 0")
        let signals = "signals: { backlog: queue }"
        let gated = try Self.refusal(manifest, "scaling: { \(signals) }")
        #expect(gated.message.contains("HPAScaleToZero"))
        #expect(
            try Self.parse(
                manifest, "scaling: { \(signals), controller: { scaleToZero: true } }"
            ).scaling != nil)
    }

    @Test("A ScaledJob makes the service's replicas jobs")
    func scaledJob() throws {
        let (scaled, own) = try Self.service(
            """
            apiVersion: keda.sh/v1alpha1
            kind: ScaledJob
            metadata: { name: worker }
            spec:
              maxReplicaCount: 12
              pollingInterval: 7
              triggers:
                - type: rabbitmq
                  metadata: { queueName: worker, mode: QueueLength, value: "5" }

            """, service: "manifest: m.yaml, min: 0")
        #expect(scaled.bounds == ReplicaBounds(least: 0, most: 12))
        guard case .job(let job) = own.eventDriven.target else {
            Issue.record("no ScaledJob")
            return
        }
        #expect(job.maxReplicaCount == 12 && job.pollingInterval == 7)
        #expect(
            own.eventDriven.triggers.map(\.source) == [.signal(Signal(.queue, of: 1))])
    }

    @Test("What triggers do not say is an error with a remedy")
    func wrongTriggers() throws {
        func wrong(_ trigger: String) throws -> TopologyDiagnostic {
            try Self.refusal(Self.scaledObject("    - " + trigger))
        }
        let threshold = try wrong("{ type: kafka, metadata: { topic: worker } }")
        #expect(threshold.message.contains("`kafka-0` says nothing of how much"))
        #expect(threshold.remedy.contains("lagThreshold"))
        let source = try wrong(
            "{ type: kafka, metadata: { topic: elsewhere, lagThreshold: \"5\" } }")
        #expect(source.message.contains("looks at") && source.remedy.contains("signals"))
        let query = try wrong(
            "{ type: prometheus, metadata: { query: up, threshold: \"5\" } }")
        #expect(query.message.contains("type prometheus"))
        let cron = try wrong(
            "{ type: cron, metadata: { timezone: UTC, start: x, end: 0 1 * * *, desiredReplicas: \"4\" } }"
        )
        #expect(cron.message.contains("`start`") && cron.remedy.contains("cron"))
    }

    @Test("A cpu trigger of nothing or less is refused, and so is a ScaledJob with no other")
    func resourceTriggers() throws {
        for value in ["0", "-7"] {
            let triggers = Self.triggers.replacing("value: \"70\"", with: "value: \"\(value)\"")
            let wrong = try Self.refusal(Self.scaledObject(triggers))
            #expect(wrong.message.contains("no `value` above zero"), "\(wrong)")
        }
        let job = try Self.refusal(
            """
            apiVersion: keda.sh/v1alpha1
            kind: ScaledJob
            metadata: { name: worker }
            spec:
              triggers:
                - { type: cpu, metricType: Utilization, metadata: { value: "50" } }

            """)
        #expect(job.message.contains("start no jobs"), "\(job)")
    }

    @Test("A file about other services is refused")
    func otherServices() throws {
        let two = Self.horizontal.replacing("name: worker }", with: "name: one }")
        let error = try Self.refusal(two + "---\n" + two.replacing("name: one", with: "name: two"))
        #expect(error.path == "services.worker.scaling.manifest")
        #expect(error.message.contains("for `worker`") && error.remedy.contains("scaleTargetRef"))
    }
}
