"""DDEX Electronic Release Notification: messages read into our vocabulary and written from it.

Sources: ERN 3.8.x, 4.1 to 4.3.2 message schemas and the DDEX allowed value sets; the disclosure elements
``ContainsAI``, ``AiContribution`` and ``SpecialContributor`` exist from ERN 4.3.1 on. The schemas themselves are under
DDEX's licence and not part of this project: an operator names a folder with them for validation.
"""
