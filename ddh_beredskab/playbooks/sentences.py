# ruff: noqa: E501 - a sentence stands on one line, as it is said
"""What the loader says about a mistake, in Danish.

The one catalogue of words that cannot itself stand in `playbooks/`: it is needed when those are broken.
Each sentence says what is wrong and what would be right.
"""

SENTENCES: dict[str, str] = {
    # folders and files
    "no_folder": "Mappen {folder} findes ikke. Skriv en mappe med limits.yaml, criteria.yaml og de andre filer.",
    "no_playbooks": "Vi fandt ingen playbooks. Skriv --playbooks MAPPE, eller sæt DDH_PLAYBOOKS til mappen.",
    "no_file": "Filen mangler. Hent den fra den sidste version, der virkede, eller kopiér den fra programmets egne playbooks.",
    "unknown_file": "Filen kender programmet ikke. {hint}Mulige navne er {names}.",
    "unreadable": "Filen kan ikke læses: {reason}.",
    "not_utf8": 'Filen er ikke gemt som UTF-8. Vælg "UTF-8" i "Gem som" i dit tekstprogram.',
    "empty": "Filen er tom. Den skal begynde med date, source og responsible.",
    "rights_routes": 'Her skal stå routes: med en linje pr. dør, fx "GET /krise/{{environment}}/{{crisis}}": [staff].',
    "rights_line": "{route}: her skal stå everyone, signed_in eller en liste af roller.",
    "rights_role": "{name} er hverken en rolle eller en gruppe, der står højere oppe i filen.",
    "not_a_page": "Filen skal bestå af linjer med navn, kolon og værdi, og begynde med date, source og responsible.",
    # YAML
    "yaml_tab": "Linjen begynder med et tabulatortegn. Brug mellemrum i stedet.",
    "yaml_sign": "Værdien begynder med tegnet {sign}. Sæt citationstegn om hele værdien.",
    "yaml_colon": "Der er et kolon inde i teksten. Sæt citationstegn om hele teksten.",
    "yaml_quote": "Et citationstegn åbnes her, men lukkes ikke. Sæt et til, hvor teksten slutter.",
    "yaml_bracket": "Linjen med [ ] eller {{ }} kan ikke læses: en parentes lukkes ikke, der mangler et komma, eller en tekst med kolon mangler citationstegn.",
    "yaml_indent": "Indrykningen passer ikke, eller der står noget efter et citationstegn. Linjer på samme trin skal begynde lige langt inde.",
    "yaml_no_colon": "Her mangler et kolon efter navnet. Skriv navn, kolon, mellemrum og værdi.",
    "yaml_two_documents": "Linjen --- deler filen i to. Slet den.",
    "yaml_deep": "Filen har for mange lag inden i hinanden. Skriv den fladere.",
    "yaml_alias": "Linjen bruger & eller *, som henviser til andre linjer. Skriv værdien ud, eller sæt citationstegn om den.",
    "yaml_sign_inside": "Filen indeholder et usynligt tegn, som ikke må være der. Skriv linjen igen.",
    "yaml_tag": "Linjen begynder med tegnet !. Sæt citationstegn om værdien.",
    "yaml_other": "Linjen kan ikke læses. Se efter indrykning, kolon og citationstegn.",
    "yaml_key": "Her skal stå et navn før kolonet, ikke en liste.",
    "duplicate_key": '"{name}" står to gange, også på linje {first}. Slet den ene.',
    # values
    "missing": '"{name}" mangler under {where}. Tilføj linjen "{name}: ...".',
    "missing_top": '"{name}" mangler. Tilføj linjen "{name}: ..." i filen.',
    "unknown_key": '"{name}" kendes ikke her. {hint}',
    "hint_did_you_mean": 'Mente du "{name}"? ',
    "hint_possible": "Mulige navne er {names}. ",
    "not_text": '"{name}" skal være tekst, men er {value}. Sæt citationstegn om.',
    "not_whole_number": '"{name}" skal være et helt tal, men er {value}.',
    "not_number": '"{name}" skal være et tal med punktum som decimaltegn, men er {value}.',
    "not_yes_no": '"{name}" skal være true eller false, men er {value}.',
    "not_one_of": '"{name}" er {value}, men skal være {names}.',
    "not_list": '"{name}" skal være en liste, hvor hver linje begynder med bindestreg.',
    "wrong_count": '"{name}" skal have {wanted} linjer, men har {count}.',
    "at_least_lines": '"{name}" skal have mindst {wanted} linjer, men har {count}.',
    "not_group": '"{name}" skal være en gruppe af linjer med navn og værdi.',
    "not_date": '"{name}" skal være en dato som 2026-11-20, men er {value}.',
    "not_clock": '"{name}" skal være et klokkeslæt i citationstegn som "08:00", men er {value}.',
    "not_key": '"{name}" er {value}, men må kun bestå af små bogstaver, tal, _ og -, og skal begynde med et bogstav.',
    "empty_text": '"{name}" er tom. Skriv en tekst.',
    "too_small": '"{name}" er {value}, men skal være mindst {bound}.',
    "too_small_strict": '"{name}" er {value}, men skal være over {bound}.',
    "too_big": '"{name}" er {value}, men må højst være {bound}.',
    "other_value": '"{name}" er {value}, og det passer ikke. ({reason})',
    # criteria
    "question_twice": 'Spørgsmålet "{name}" findes flere gange. Giv det et andet id.',
    "option_twice": 'Svaret "{name}" findes flere gange under samme spørgsmål. Giv det et andet id.',
    "points_never_full": 'Kriteriet "{name}" kan højst give {points} point. Svarene skal til sammen kunne give 4.',
    "last_rule_open": "Den sidste regel skal altid passe: lad sum_at_least, all_of og one_of være væk.",
    "rule_never_reached": "Reglen bliver aldrig brugt, for den foregående regel passer altid.",
    "outcome_missing": 'Teksten til anbefalingen "{name}" mangler under outcomes.',
    "planned_both": "Spørgsmålet skal have et svar med planned: true og et med planned: false.",
    # roles
    "role_missing": 'Rollen "{name}" mangler. Programmet bruger den; navn og alias må ændres, nøglen må ikke.',
    "role_group": 'Rollen "{name}" har group: {group}, men skal have {wanted}.',
    "role_order_missing": 'Rollen "{name}" mangler fill_order. Skriv, hvilket nummer den skal besættes som.',
    "role_order_twice": "fill_order {number} er brugt to gange. Hver rolle skal have sit eget nummer.",
    "role_nobody_covers": "Ingen rolle har must_cover: true. Staben ville da være etableret, før nogen er mødt.",
    "apart_same": "De to roller er den samme. Skriv to forskellige.",
    # limits
    "limit_source": 'Skriv, hvor tallet kommer fra: source: "...".',
    "order": "{first} er {first_value}, men må ikke være over {second}, som er {second_value}.",
    # opening hours
    "closes_before": "Lukketiden {closes} skal ligge efter åbningstiden {opens}.",
    "day_missing": '"{name}" mangler. Skriv {name}: null, hvis der er lukket.',
    "no_such_day": "Den {day}. i måned {month} findes ikke.",
    # texts
    "text_unknown_event": 'Der findes ingen hændelse, som hedder "{name}". {hint}',
    "text_event_missing": 'Loggen hører hændelsen "{name}", men der er ingen sætning til den. Tilføj {name}: {{kind: ..., text: "..."}}.',
    "text_field": "Feltet {{{name}}} findes ikke i hændelsen. {hint}",
    "text_field_in_part": "Feltet {{{name}}} findes ikke der, hvor parts: {part} bruges. {hint}",
    "text_form": 'Efter kolonet står "{name}", som hverken findes under words eller parts. {hint}',
    "text_braces": "Krøllede eller kantede parenteser passer ikke sammen. Skriv {{felt}} og [tekst med {{felt}}].",
    "text_exclamation": "Teksten har et udråbstegn. Skriv den roligt, med punktum.",
    "text_word_missing": 'Under words: {table} mangler ordet for "{name}".',
    # steps
    "step_number": "Trin {number} skulle være trin {wanted}. Trinene nummereres fra 1 uden huller.",
    "step_event": 'completed_by nævner "{name}", som ikke er en hændelse. {hint}',
    # status
    "section_twice": '"{name}" står to gange. Giv den ene et andet navn.',
    # playbooks
    "kind_of_file": 'kind er "{kind}", men filen hedder {file}. De skal være ens.',
    "first_message_long": "Førstebeskeden har {count} linjer, men må højst have {most}.",
    "answer_missing": 'Der mangler et svar på "{question}" ({name}). "Det ved vi ikke endnu" er også et svar.',
    "interval_outside": "guide_interval_minutes er {value}, men skal ligge fra {least} til {most}, som limits.yaml siger.",
    "variable_unknown": "{{{name}}} bruges, men står ikke under variables. {hint}",
    "variable_unused": 'Variablen "{name}" bruges ikke i nogen tekst. Slet den, eller brug den.',
    "variable_braces": "Krøllede parenteser passer ikke sammen. Skriv {{navn}}.",
    "topic_twice": 'Emnet "{name}" findes flere gange.',
    "topic_number_twice": 'Tasten {number} er brugt til både "{first}" og "{second}".',
    "topic_label": 'Emnet "{name}" hedder "{label}" her, men "{other}" i {file}. Brug samme navn, eller giv emnet en anden nøgle.',
    "variable_source": 'Variablen "{name}" har en værdi, men mangler source eller date. Skriv, hvor værdien kommer fra, og hvornår.',
    "topic_press": "Intet emne har press: true. Pressehenvendelser skal kunne registreres.",
    "transfer_urgent": "Ingen omstilling har urgent: true. Skriv, hvem der stilles om til akut.",
    "life_line": 'Den faste linje med "{wanted}" mangler under fixed_lines.',
}

VALUE_WORDS: dict[str, str] = {
    "none": "tom",
    "list": "en liste",
    "group": "en gruppe",
    "or": "eller",
    "top": "filen",
}
