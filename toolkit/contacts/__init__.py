"""The contacts room: the rows of a report, read through a mapping, become contacts for Front.

Its only door is ``toolkit.contacts.transform.run``. Everything behind it is pure and works on columns:

    mapping, mapping_file   the mapping as frozen data, checked against the columns of the file; and read from YAML
    templates               "{First Name} {Last Name}" as a column
    expressions             SQL conditions and computed values, from an allowed list of nodes
    normalise, phones, dates   cells as Front wants them
    phone_plans             the numbering plans, on whole columns
    wanted                  mapping and cells → one contact a row, and what is wrong with the others
    identity                rows that share a handle are one contact
    sorting                 each row accepted, merged or rejected
    import_file             contacts → the files of Front's contact import
    operations              contacts → contact.upsert operations
    rejects                 the closed list of reject codes, and the file that a person mends
"""
