package import Kernel

/// Settings of the controller that evaluates HorizontalPodAutoscalers; the defaults are Kubernetes'.
package struct HorizontalSettings: Hashable, Sendable {
    package var tolerance = 0.1
    package var cpuInitializationPeriod = SimulatedDuration.seconds(300)
    package var initialReadinessDelay = SimulatedDuration.seconds(30)
    package var downscaleStabilization = SimulatedDuration.seconds(300)
    /// Feature gate HPAConfigurableTolerance.
    package var allowsTolerances = true
    /// Feature gate HPAScaleToZero.
    package var scalesToZero = false
    /// Feature gate PodLevelResources.
    package var readsPodLevelRequests = true

    package init() {}
}

/// The scale of the target: what is asked for and what there is.
package struct ScaleObservation: Hashable, Sendable {
    /// `spec.replicas`, which the autoscaler changes.
    package var specReplicas: Int
    /// `status.replicas`.
    package var statusReplicas: Int

    package init(specReplicas: Int, statusReplicas: Int? = nil) {
        self.specReplicas = specReplicas
        self.statusReplicas = statusReplicas ?? specReplicas
    }
}

/// A pod that the target's selector selects.
package struct PodObservation: Hashable, Sendable {
    package enum Phase: String, CaseIterable, Hashable, Sendable {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
        case unknown = "Unknown"
    }

    /// The Ready condition.
    package struct Readiness: Hashable, Sendable {
        package var isReady: Bool
        /// When it last changed, in either direction.
        package var changed: SimulatedInstant

        package init(isReady: Bool, changed: SimulatedInstant) {
            self.isReady = isReady
            self.changed = changed
        }
    }

    /// A container, with its requests in thousandths by resource.
    package struct Container: Hashable, Sendable {
        package var name: String
        package var requests: [String: Int64]

        package init(name: String, requests: [String: Int64]) {
            self.name = name
            self.requests = requests
        }
    }

    package var name: String
    package var phase: Phase
    package var isDeleting: Bool
    /// `nil` while the pod has no Ready condition.
    package var readiness: Readiness?
    /// `nil` while the pod has no start time.
    package var started: SimulatedInstant?
    /// Containers, and init containers that restart always.
    package var containers: [Container]
    /// Requests of the whole pod in thousandths by resource; empty where there are none.
    package var podLevelRequests: [String: Int64]

    package init(
        name: String, phase: Phase = .running, isDeleting: Bool = false, readiness: Readiness?,
        started: SimulatedInstant?, containers: [Container],
        podLevelRequests: [String: Int64] = [:]
    ) {
        self.name = name
        self.phase = phase
        self.isDeleting = isDeleting
        self.readiness = readiness
        self.started = started
        self.containers = containers
        self.podLevelRequests = podLevelRequests
    }
}

/// What the metrics APIs answer.
package struct MetricsObservation: Hashable, Sendable {
    /// What is known of one pod, in thousandths by resource or metric.
    package struct Pod: Hashable, Sendable {
        package struct Container: Hashable, Sendable {
            package var name: String
            package var usage: [String: Int64]

            package init(name: String, usage: [String: Int64]) {
                self.name = name
                self.usage = usage
            }
        }

        /// May be the name of a pod that the target no longer has.
        package var name: String
        package var timestamp: SimulatedInstant
        package var window: SimulatedDuration
        package var totals: [String: Int64]
        package var containers: [Container]

        package init(
            name: String, timestamp: SimulatedInstant,
            window: SimulatedDuration = .seconds(60), totals: [String: Int64],
            containers: [Container] = []
        ) {
            self.name = name
            self.timestamp = timestamp
            self.window = window
            self.totals = totals
            self.containers = containers
        }
    }

    package struct Object: Hashable, Sendable {
        package var object: ObjectReference
        package var metric: String
        /// Thousandths.
        package var value: Int64

        package init(object: ObjectReference, metric: String, value: Int64) {
            self.object = object
            self.metric = metric
            self.value = value
        }
    }

    package struct External: Hashable, Sendable {
        package var metric: String
        /// Thousandths, one of each series.
        package var values: [Int64]

        package init(metric: String, values: [Int64]) {
            self.metric = metric
            self.values = values
        }
    }

    /// One of each name.
    package var pods: [Pod]
    package var objects: [Object]
    package var external: [External]

    package init(pods: [Pod] = [], objects: [Object] = [], external: [External] = []) {
        self.pods = pods
        self.objects = objects
        self.external = external
    }
}
