// Encodes records with C++'s own protobuf library.
//
// Standard input: one record a line, as ProtoJSON. Standard output: for each, its length as four
// bytes, big-endian, and its encoding. With --unknown, every message but header and marking gets
// fields of every wire type that no version of Dossier knows, as a newer client would send them.

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/json_util.h>

#include "dossier/v1/record.pb.h"

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void add_unknown_fields(Message &message) {
    auto *fields = message.GetReflection()->MutableUnknownFields(&message);
    fields->AddVarint(1000, UINT64_MAX);
    fields->AddFixed32(1001, 0x01020304);
    fields->AddFixed64(1002, 0x0102030405060708);
    fields->AddLengthDelimited(536870911, "newer");
}

// Adds them to `message` and to all messages in it, leaving out the header with what is in it.
void add_unknown_fields_below(Message &message) {
    if (message.GetDescriptor()->name() == "Header") return;
    const auto *reflection = message.GetReflection();
    std::vector<const FieldDescriptor *> set;
    reflection->ListFields(message, &set);
    for (const auto *field : set) {
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
        if (!field->is_repeated()) {
            add_unknown_fields_below(*reflection->MutableMessage(&message, field));
            continue;
        }
        for (int index = 0; index < reflection->FieldSize(message, field); ++index)
            add_unknown_fields_below(*reflection->MutableRepeatedMessage(&message, field, index));
    }
    add_unknown_fields(message);
}

void write(const std::string &encoded) {
    const auto size = static_cast<uint32_t>(encoded.size());
    for (int shift = 24; shift >= 0; shift -= 8) std::cout.put(static_cast<char>(size >> shift));
    std::cout << encoded;
}

}  // namespace

int main(int argc, char **argv) {
    const bool unknown = argc == 2 && std::string(argv[1]) == "--unknown";
    for (std::string line; std::getline(std::cin, line);) {
        dossier::v1::Record record;
        const auto status = google::protobuf::util::JsonStringToMessage(line, &record);
        if (!status.ok()) {
            std::cerr << "encoder: error: " << status.ToString() << '\n';
            return 1;
        }
        if (unknown) add_unknown_fields_below(record);
        write(record.SerializeAsString());
    }
}
