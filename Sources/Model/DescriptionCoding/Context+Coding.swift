import Kernel

// What a service knows of the model around it, as bytes.

extension ServiceContext: FieldCoded {
    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&tier, in: 1...1 << 20)
        try coder.field(&zones, in: 1...1 << 16)
        try coder.field(&keyspaces) { $0.count <= ModelLimits.keyspaces }
        try coder.field(&priorities)
        try coder.field(&faults)
    }
}

extension StreamPriority: FieldCoded {
    static var blank: Self { Self(service: ServiceID(0), stream: 0, priority: 1) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&service)
        try coder.field(&stream, in: 0...RequestIdentity.maximumStreams - 1)
        try coder.field(&priority, in: 1...15)
    }
}
