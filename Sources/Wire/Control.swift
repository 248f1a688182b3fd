package import Kernel
package import Model

/// The control plane acts at an instant before which everything is final.
///
/// Without orders the worker tells what there is to be seen; with orders it takes them. Layout: type,
/// instant, whether latencies are wanted, number of services with orders, for each its position at the worker and its orders.
package struct Control: Sendable {
    package var instant: SimulatedInstant
    /// Whether what there is to be seen includes ``ServiceObservation/latencyBuckets``.
    package var wantsLatencies: Bool
    package var orders: [(position: Int, orders: [ReplicaOrder])]

    package init(
        instant: SimulatedInstant, wantsLatencies: Bool = false,
        orders: [(position: Int, orders: [ReplicaOrder])] = []
    ) {
        self.instant = instant
        self.wantsLatencies = wantsLatencies
        self.orders = orders
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(MessageType.control.rawValue)
        instant.encode(into: &writer)
        writer.write(wantsLatencies)
        writer.write(UInt32(clamping: orders.count))
        for (position, orders) in orders {
            writer.write(UInt32(clamping: position))
            writer.writeAll(orders)
        }
        return writer.bytes
    }

    /// Reads what follows the type.
    package init(from reader: inout ByteReader) throws(ByteError) {
        instant = try SimulatedInstant(from: &reader)
        wantsLatencies = try reader.readBool()
        orders = []
        for _ in 0..<(try reader.readCount(ofSize: 8)) {
            let position = Int(try reader.read(UInt32.self))
            orders.append((position, Array(try reader.readAll() as ContiguousArray<ReplicaOrder>)))
        }
    }
}

/// A worker's answer to ``Control``.
///
/// Layout: type, next instant, observations by service; none if there were orders.
package struct Controlled: Sendable {
    /// When the worker's next event is, orders included.
    package var next: SimulatedInstant
    package var observations: [ServiceObservation] = []

    package init(next: SimulatedInstant) { self.next = next }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(MessageType.controlled.rawValue)
        next.encode(into: &writer)
        writer.writeAll(observations)
        return writer.bytes
    }

    /// Reads what follows the type.
    package init(from reader: inout ByteReader) throws(ByteError) {
        next = try SimulatedInstant(from: &reader)
        observations = Array(try reader.readAll() as ContiguousArray<ServiceObservation>)
    }
}
