import Kernel
import Model

/// Reads message queues, each into the service that it is short for.
///
/// A queue answers whoever sends a message as soon as it has accepted it, and then calls the consumer,
/// with as many threads as messages may be with consumers at once. A consumer that does not answer in
/// time, or fails, is called again: delivery is at least once.
struct MessageQueueReading {
    let directory: ServiceDirectory
    let network: Network
    let times: DistributionReading

    /// nil after logging.
    func service(_ name: String, _ id: ServiceID, _ field: Field) -> ServiceDescription? {
        guard let reader = ObjectReader(.messageQueue, field) else { return nil }
        let consumer = reader["consumers"].flatMap(directory.endpoint)
        let inFlight = reader.count("inFlight")
        let length = reader.count("length")
        let timeout = reader.duration("ackTimeout")
        let deliveries = reader.count("maxDeliveries")
        let backoff = reader["backoff"].map {
            CallRulesReading(times: times).backoff($0) ?? .none
        }
        guard let consumer, let inFlight, let timeout, let deliveries else { return nil }
        let latency = network.latency(Network.Edge(from: id, to: consumer.service))
        let delivery = CallDescription(
            target: consumer.service, endpoint: consumer.endpoint,
            requestLatency: latency.request, responseLatency: latency.response, timeout: timeout)
        var endpoint = EndpointDescription(
            name: TopologyFormat.endpointName, steps: [.call([delivery])])
        endpoint.answersEarly = true
        var service = ServiceDescription(
            name: name, threads: inFlight, queueLimit: length, endpoints: [endpoint])
        if deliveries > 1 {
            var policy = CallPolicy()
            policy.retry = RetryPolicy(attempts: deliveries, backoff: backoff ?? .none)
            service.policies[consumer.service] = policy
        }
        return service
    }
}
