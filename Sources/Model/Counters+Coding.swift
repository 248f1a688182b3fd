package import Kernel

extension ServiceCounters: BinaryCodable {
    package static var leastEncodedSize: Int { 72 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(arrived)
        writer.write(succeeded)
        writer.write(rejected)
        writer.write(failed)
        writer.write(inSystem)
        writer.write(inSystemArea)
        areaUntil.encode(into: &writer)
        writer.write(sojournSum)
        writer.write(computeTime)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        arrived = try reader.read()
        succeeded = try reader.read()
        rejected = try reader.read()
        failed = try reader.read()
        inSystem = try reader.read()
        inSystemArea = try reader.read()
        areaUntil = try SimulatedInstant(from: &reader)
        sojournSum = try reader.read()
        computeTime = try reader.read()
    }
}

extension EdgeCounters: BinaryCodable {
    package static var leastEncodedSize: Int { 48 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(requests)
        writer.write(successes)
        writer.write(timeouts)
        writer.write(rejected)
        writer.write(failed)
        writer.write(lateAnswers)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        requests = try reader.read()
        successes = try reader.read()
        timeouts = try reader.read()
        rejected = try reader.read()
        failed = try reader.read()
        lateAnswers = try reader.read()
    }
}
