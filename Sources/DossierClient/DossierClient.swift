// DossierClient
