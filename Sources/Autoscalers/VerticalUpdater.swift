package import Kernel

/// A scheduled pod that has not been told to stop, as the updater sees it.
package struct VerticalPod: Hashable, Sendable {
    package enum Resize: Hashable, Sendable {
        case none
        /// Waits for room on its node since the updater saw it first.
        case deferred(since: SimulatedInstant)
        /// Its node is too small.
        case infeasible
    }

    package var name: Int
    package var isPending: Bool
    /// Of its status: what it has, not what a resize that waits would give it.
    package var requests: PodResources
    /// It was given its node.
    package var started: SimulatedInstant
    package var resize: Resize

    package init(
        name: Int, isPending: Bool, requests: PodResources, started: SimulatedInstant,
        resize: Resize
    ) {
        self.name = name
        self.isPending = isPending
        self.requests = requests
        self.started = started
        self.resize = resize
    }
}

/// What the updater does with pods that have something else than is recommended.
///
/// Follows the updater of Kubernetes' Vertical Pod Autoscaler (pkg/updater: `logic/updater.go`, `priority`, `restriction`): one pass over the
/// pods of one autoscaler. Pods out of the recommended bounds are changed, and old ones whose requests are off by much; those
/// that want to grow first, then those that are off most. At most so many of a group are disturbed that those
/// not tolerated to be away stay.
package struct VerticalUpdater {
    private let spec: VerticalSpec
    private let settings: VerticalSettings
    private let recommendation: VerticalRecommendation
    private let now: SimulatedInstant
    private var group: Group

    package struct Actions: Hashable, Sendable {
        /// In the order in which they are to be done.
        package var resized: [Int] = []
        package var evicted: [Int] = []

        package init() {}
    }

    /// The pods of one autoscaler, and what has been done to them in this pass.
    private struct Group {
        var configured: Int
        var tolerance: Int
        var running: Int
        var isBelowMinimum: Bool
        var evicted = 0
        var resized = 0

        var isDisruptable: Bool {
            let alive = running - (evicted + resized)
            return alive > configured - tolerance
                || (configured == running && tolerance == 0 && evicted == 0 && resized == 0)
        }
    }

    private struct Candidate {
        var pod: VerticalPod
        var grows: Bool
        var difference: Double
    }

    private init(
        _ spec: VerticalSpec, _ settings: VerticalSettings,
        _ recommendation: VerticalRecommendation,
        _ group: Group, now: SimulatedInstant
    ) {
        self.spec = spec
        self.settings = settings
        self.recommendation = recommendation
        self.group = group
        self.now = now
    }

    /// One pass over `pods`, which are in the order of their names, of a Deployment that wants `configured` of them.
    ///
    /// `accepts` says whether the API server takes a pod's resize; else the pod is evicted.
    package static func pass(
        _ spec: VerticalSpec, _ settings: VerticalSettings,
        _ recommendation: VerticalRecommendation,
        pods: [VerticalPod], configured: Int, now: SimulatedInstant,
        accepts: (VerticalPod) -> Bool = { _ in true }
    ) -> Actions {
        guard spec.updateMode == .recreate || spec.updateMode == .inPlaceOrRecreate else {
            return Actions()
        }
        let isBelow = pods.count < (spec.minReplicas ?? settings.minReplicas)
        let inPlace = spec.updateMode == .inPlaceOrRecreate
        guard !isBelow || (inPlace && settings.skipsDisruptionBudget) else { return Actions() }
        let group = Group(
            configured: configured,
            tolerance: Int(Double(configured) * settings.evictionTolerance),
            running: pods.count { !$0.isPending }, isBelowMinimum: isBelow)
        var updater = Self(spec, settings, recommendation, group, now: now)
        return inPlace
            ? updater.resize(pods, accepts)
            : updater.evict(updater.ordered(pods.filter(updater.canEvict)))
    }

    // MARK: In place

    private enum Decision { case approved, deferred, evict }

    private func decision(_ pod: VerticalPod) -> Decision {
        if pod.isPending { return .deferred }
        if pod.resize != .none { return canGiveUp(pod) ? .evict : .deferred }
        return settings.skipsDisruptionBudget || group.isDisruptable ? .approved : .deferred
    }

    private mutating func resize(
        _ pods: [VerticalPod], _ accepts: (VerticalPod) -> Bool
    ) -> Actions {
        var actions = Actions()
        var toEvict: [VerticalPod] = []
        for pod in ordered(pods.filter { decision($0) != .deferred }) {
            switch decision(pod) {
            case .deferred: continue
            case .evict: toEvict.append(pod)
            case .approved:
                guard accepts(pod) else {
                    toEvict.append(pod)
                    continue
                }
                actions.resized.append(pod.name)
                group.resized += 1
            }
        }
        actions.evicted = evict(toEvict).evicted
        return actions
    }

    /// A resize that has failed, or waited for too long, may be followed by an eviction.
    private func canGiveUp(_ pod: VerticalPod) -> Bool {
        guard group.isDisruptable else { return false }
        switch pod.resize {
        case .none: return false
        case .deferred(let since): return now - since > settings.deferredTimeout
        case .infeasible: return true
        }
    }

    // MARK: Evictions

    private func canEvict(_ pod: VerticalPod) -> Bool {
        if pod.isPending { return true }
        if group.isBelowMinimum { return false }
        return pod.resize != .none ? canGiveUp(pod) : group.isDisruptable
    }

    private mutating func evict(_ pods: [VerticalPod]) -> Actions {
        var actions = Actions()
        for pod in pods where canEvict(pod) {
            actions.evicted.append(pod.name)
            if !pod.isPending { group.evicted += 1 }
        }
        return actions
    }

    // MARK: Order

    private func ordered(_ pods: [VerticalPod]) -> [VerticalPod] {
        let candidates = pods.compactMap(candidate).enumerated().sorted { one, other in
            if one.element.grows != other.element.grows { return one.element.grows }
            if one.element.difference != other.element.difference {
                return one.element.difference > other.element.difference
            }
            return one.offset < other.offset
        }
        return candidates.map(\.element.pod)
    }

    /// `nil` for a pod that is to be left as it is.
    private func candidate(_ pod: VerticalPod) -> Candidate? {
        var found = Candidate(pod: pod, grows: false, difference: 0)
        var isOutside = false
        func compare(_ resource: KeyPath<PodResources, Int64>) {
            let request = pod.requests[keyPath: resource]
            let target = recommendation.target[keyPath: resource]
            if target > request { found.grows = true }
            if request < recommendation.lower[keyPath: resource]
                || request > recommendation.upper[keyPath: resource]
            {
                isOutside = true
            }
            let base = max(Double(request), 1)
            found.difference += (base - Double(target)).magnitude / base
        }
        if spec.controlsCPU { compare(\.cpu) }
        if spec.controlsMemory { compare(\.memory) }
        if isOutside { return found }
        guard now >= pod.started.advanced(saturatingBy: settings.lifetimeThreshold),
            found.difference >= settings.updateThreshold
        else { return nil }
        return found
    }
}
