package import Autoscalers
package import Kernel

/// A ProvisioningRequest of class check-capacity: whether so many pods would find room now.
package struct ProvisioningRequestDescription: Hashable, Sendable {
    package var name: String
    package var created: SimulatedInstant
    /// > 0.
    package var count: Int
    /// The service whose pods they are; it has none until the capacity is found.
    package var service: Int?
    /// What each pod asks for.
    package var pod: PodResources
    /// Whether it is asked again after a refusal.
    package var retries = true

    package init(name: String, created: SimulatedInstant, count: Int, pod: PodResources) {
        self.name = name
        self.created = created
        self.count = count
        self.pod = pod
    }
}

/// How the Cluster Autoscaler deals with ProvisioningRequests, with its defaults.
package struct ProvisioningSettings: Hashable, Sendable {
    /// Capacity that was found is booked for so long.
    package var bookingTime = SimulatedDuration.seconds(600)
    /// From a refusal to the next try; doubles up to the most.
    package var firstRetry = SimulatedDuration.seconds(60)
    package var mostRetry = SimulatedDuration.seconds(600)
    /// A request that has found nothing for so long has failed.
    package var expiration = SimulatedDuration.seconds(7 * 86_400)

    package init() {}
}

/// ProvisioningRequests of class check-capacity, and the capacity that is booked for them.
///
/// Follows the Cluster Autoscaler (`provisioningrequest/checkcapacity`, `processors/provreq`): one request a scan; it is found room
/// for all its pods, or for none. A booking is pods that only the autoscaler sees: other requests find less room, and nodes
/// are needed that would not be. The scheduler knows nothing of it. Nodes are never added.
struct ProvisioningRequests: Sendable {
    private struct Request: Hashable, Sendable {
        let description: ProvisioningRequestDescription
        var state = State.new
        /// When the state began.
        var since = SimulatedInstant.start
        var retry: SimulatedDuration
    }

    private enum State { case new, refused, booked, ended }

    private let settings: ProvisioningSettings
    /// In the order in which they are asked: by creation, then as written.
    private var requests: [Request]
    /// Services whose capacity was found, and how many pods they may have now.
    private(set) var admitted: [(name: String, service: Int, count: Int)] = []

    init(_ described: [ProvisioningRequestDescription], _ settings: ProvisioningSettings) {
        self.settings = settings
        requests = described.enumerated().sorted {
            ($0.element.created, $0.offset) < ($1.element.created, $1.offset)
        }.map { Request(description: $0.element, retry: settings.firstRetry) }
    }

    mutating func takeAdmitted() -> [(name: String, service: Int, count: Int)] {
        defer { admitted = [] }
        return admitted
    }

    /// What a pod of a booking asks for.
    func size(of pod: PodName) -> PodSize {
        let asked = requests[Self.request(of: pod)].description.pod
        return PodSize(cpu: asked.cpu, memory: Double(asked.memory), priority: 0)
    }

    static func isBooking(_ pod: PodName) -> Bool { pod.service <= -2 }
    private static func request(of pod: PodName) -> Int { -2 - pod.service }

    // MARK: Conditions

    /// Bookings that are over, and requests that have waited for too long.
    mutating func refresh(
        _ nodes: [ClusterNode], at now: SimulatedInstant, _ log: inout ControlLog
    ) {
        for index in requests.indices where requests[index].description.created <= now {
            let request = requests[index]
            switch request.state {
            case .booked:
                if now - request.since > settings.bookingTime {
                    end(
                        index, "BookingExpired", "CapacityReservationTimeExpired",
                        "capacity reservation time is expired", at: now, &log)
                } else if isConsumed(request.description, nodes) {
                    end(
                        index, "BookingExpired", "CapacityBookingConsumed",
                        "all pods are scheduled", at: now, &log)
                }
            case .new, .refused:
                if now - request.description.created > settings.expiration {
                    end(index, "Failed", "Expired", "the request is expired", at: now, &log)
                }
            case .ended: break
            }
        }
    }

    private func isConsumed(
        _ request: ProvisioningRequestDescription, _ nodes: [ClusterNode]
    ) -> Bool {
        guard let service = request.service else { return false }
        return nodes.reduce(0) { $0 + $1.pods.count { $0.service == service } } >= request.count
    }

    private mutating func end(
        _ index: Int, _ type: String, _ reason: String, _ message: String,
        at now: SimulatedInstant, _ log: inout ControlLog
    ) {
        requests[index].state = .ended
        note(index, type, .yes, reason, message, at: now, &log)
    }

    private func note(
        _ index: Int, _ type: String, _ status: AutoscalerCondition.Status, _ reason: String,
        _ message: String, at now: SimulatedInstant, _ log: inout ControlLog
    ) {
        let request = requests[index].description
        log.note(
            AutoscalerCondition(type, status, reason, "\(request.name): \(message)"),
            ofRequestFor: request.service, at: now)
        log.note(request.service, reason, "\(request.name): \(message)", at: now)
    }

    // MARK: Capacity

    /// Puts the pods of bookings on nodes where they fit, as far as they do.
    func book(on nodes: inout [ClusterNode]) {
        for (index, request) in requests.enumerated() where request.state == .booked {
            for pod in 0..<request.description.count { _ = place(pod, of: index, on: &nodes) }
        }
    }

    private func place(_ number: Int, of index: Int, on nodes: inout [ClusterNode]) -> Bool {
        let pod = PodName(service: -2 - index, replica: number)
        let size = size(of: pod)
        guard let node = nodes.firstIndex(where: { !$0.isDraining && $0.fits(size) }) else {
            return false
        }
        nodes[node].place(pod, size)
        return true
    }

    /// The request whose turn it is, if one may be asked now.
    func next(at now: SimulatedInstant) -> Int? {
        requests.firstIndex { request in
            switch request.state {
            case .new: request.description.created <= now
            case .refused: now - request.since > request.retry
            case .booked, .ended: false
            }
        }
    }

    /// Whether all pods of a request find room on `nodes`, which hold everything else already.
    mutating func check(
        _ index: Int, _ nodes: [ClusterNode], at now: SimulatedInstant, _ log: inout ControlLog
    ) -> Bool {
        let request = requests[index]
        if request.state == .new {
            note(index, "Accepted", .yes, "Accepted", "the request is accepted", at: now, &log)
        }
        if request.state == .refused {
            requests[index].retry = min(request.retry + request.retry, settings.mostRetry)
        }
        var room = nodes
        let fits = (0..<request.description.count).allSatisfy { place($0, of: index, on: &room) }
        requests[index].since = now
        if fits {
            requests[index].state = .booked
            note(
                index, "Provisioned", .yes, "CapacityIsFound", "capacity is found", at: now, &log)
            if let service = request.description.service {
                admitted.append((request.description.name, service, request.description.count))
            }
        } else if request.description.retries {
            requests[index].state = .refused
            note(
                index, "Provisioned", .no, "CapacityIsNotFound",
                "capacity is not found, it will be looked for later", at: now, &log)
        } else {
            end(index, "Failed", "CapacityIsNotFound", "capacity is not found", at: now, &log)
        }
        return fits
    }
}
