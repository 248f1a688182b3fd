package import Kernel
package import Model

/// The first byte of every message.
package enum MessageType: UInt8, Sendable {
    // From a worker.
    case hello = 1
    case ready = 2
    case reply = 3
    case report = 4
    case failure = 5
    case controlled = 6
    // From the coordinator.
    case welcome = 16
    case grant = 17
    case finish = 18
    case control = 19
}

/// A worker's first message.
package struct Hello: Hashable, Sendable {
    package var protocolVersion: UInt32
    package var fingerprint: UInt64
    package var release: String
    package var worker: UInt32
    package var processID: UInt32

    package init(worker: Int, processID: UInt32) {
        protocolVersion = ProtocolVersion.current
        fingerprint = ProtocolVersion.fingerprint
        release = ProtocolVersion.release
        self.worker = UInt32(worker)
        self.processID = processID
    }

    /// Why a coordinator cannot work with the sender; `nil` if it can.
    package var incompatibility: String? {
        if protocolVersion != ProtocolVersion.current {
            return "it speaks protocol \(protocolVersion); this is protocol "
                + "\(ProtocolVersion.current) (release \(ProtocolVersion.release)): use workers of "
                + "the same build"
        }
        if fingerprint != ProtocolVersion.fingerprint {
            return "its arithmetic differs from this host's (fingerprint "
                + "\(String(fingerprint, radix: 16)) instead of "
                + "\(String(ProtocolVersion.fingerprint, radix: 16)): results would differ"
        }
        return nil
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(MessageType.hello.rawValue)
        writer.write(protocolVersion)
        writer.write(fingerprint)
        writer.write(release)
        writer.write(worker)
        writer.write(processID)
        return writer.bytes
    }

    /// Reads what follows the type. The version comes first, so that it can be told even when the
    /// rest has changed: of another version nothing else is read.
    package init(from reader: inout ByteReader) throws(ByteError) {
        protocolVersion = try reader.read()
        guard protocolVersion == ProtocolVersion.current else {
            (fingerprint, release, worker, processID) = (0, "unknown", 0, 0)
            return
        }
        fingerprint = try reader.read()
        release = try reader.readString()
        worker = try reader.read()
        processID = try reader.read()
        try reader.finish()
    }
}

/// Which kind of process a worker is to run.
package enum ModelKind: UInt8, Sendable {
    case service = 1
    case phold = 2
}

/// The coordinator's answer to a hello: everything the worker will ever know of the model.
package struct Welcome: Sendable {
    package var kind: ModelKind
    /// The end of the run: no grant goes beyond it.
    package var end: SimulatedInstant
    package var checkpointInterval: SimulatedDuration
    /// Time series are measured in intervals of this length.
    package var sampleInterval: SimulatedDuration
    /// Whether samples are sent as they commit.
    package var streamsSamples: Bool
    package var recordsEvents: Bool
    package var traces: TraceSettings
    package var routing: PartitionRouting
    /// By incoming channel: the position of the process that receives.
    package var receivers: [Int]
    /// By process: its configuration, encoded.
    package var configurations: [[UInt8]]

    package init(
        kind: ModelKind, end: SimulatedInstant, checkpointInterval: SimulatedDuration,
        sampleInterval: SimulatedDuration, streamsSamples: Bool, recordsEvents: Bool,
        routing: PartitionRouting, receivers: [Int], configurations: [[UInt8]],
        traces: TraceSettings = TraceSettings()
    ) {
        self.kind = kind
        self.end = end
        self.checkpointInterval = checkpointInterval
        self.sampleInterval = sampleInterval
        self.streamsSamples = streamsSamples
        self.recordsEvents = recordsEvents
        self.routing = routing
        self.receivers = receivers
        self.configurations = configurations
        self.traces = traces
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(MessageType.welcome.rawValue)
        writer.write(kind.rawValue)
        end.encode(into: &writer)
        checkpointInterval.encode(into: &writer)
        sampleInterval.encode(into: &writer)
        writer.write(streamsSamples)
        writer.write(recordsEvents)
        routing.encode(into: &writer)
        writer.writeAll(receivers)
        writer.write(UInt32(configurations.count))
        for configuration in configurations { writer.writeRaw(configuration) }
        traces.encode(into: &writer)
        return writer.bytes
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        guard let kind = ModelKind(rawValue: try reader.read()) else {
            throw ByteError(.invalid("model kind"), offset: reader.offset)
        }
        self.kind = kind
        end = try SimulatedInstant(from: &reader)
        checkpointInterval = try SimulatedDuration(from: &reader)
        sampleInterval = try SimulatedDuration(from: &reader)
        streamsSamples = try reader.readBool()
        recordsEvents = try reader.readBool()
        routing = try PartitionRouting(from: &reader)
        receivers = Array(try reader.readAll() as ContiguousArray<Int>)
        configurations = []
        for _ in 0..<(try reader.readCount(ofSize: 8)) {
            configurations.append(try reader.readRaw())
        }
        traces = try TraceSettings(from: &reader)
        let count = configurations.count
        guard end >= .start, checkpointInterval > .zero, sampleInterval > .zero,
            routing.routes.count == count,
            receivers.allSatisfy({ $0 >= 0 && $0 < count })
        else { throw ByteError(.invalid("welcome"), offset: reader.offset) }
    }
}
